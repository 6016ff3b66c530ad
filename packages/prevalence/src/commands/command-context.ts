/**
 * What a handler gets beside model and argument: the time and the randomness of its command, which are journaled, so
 * that a replay gets the same.
 */
import { SeededRandom } from './seeded-random.ts';

export interface CommandContext {
  /** The name that the command was executed by. */
  readonly command: string;
  /** When it was executed, in milliseconds since 1970. Never less than that of the command before. */
  readonly time: number;
  /** The same in microseconds. */
  readonly timeUs: number;
  /** The same as a date. */
  readonly now: Date;
  /** A number from 0 up to 1, which is not included. */
  random(): number;
  /** A random UUID (version 4). */
  uuid(): string;
  /** Commits an event to another stream of the store, together with the command: both or none. */
  emit(stream: string, event: object): void;
}

/** An event that a command wants to be committed with it. */
export interface EmittedEvent {
  readonly stream: string;
  readonly event: object;
}

export class JournaledContext implements CommandContext {
  readonly command: string;
  readonly timeUs: number;
  /** The seed of the command's randomness, when it was asked for; 32 hexadecimal digits. */
  seed: string | undefined;
  emitted: EmittedEvent[] | undefined;
  private readonly seedSource: string | (() => string);
  private source: SeededRandom | undefined;

  /** `seedSource`: the seed, or what is asked for one when it is needed. */
  constructor(command: string, timeUs: number, seedSource: string | (() => string)) {
    this.command = command;
    this.timeUs = timeUs;
    this.seedSource = seedSource;
  }

  get time(): number {
    return Math.floor(this.timeUs / 1000);
  }

  get now(): Date {
    return new Date(this.time);
  }

  random(): number {
    return this.randomness().next();
  }

  uuid(): string {
    return this.randomness().uuid();
  }

  emit(stream: string, event: object): void {
    (this.emitted ??= []).push({ stream, event });
  }

  private randomness(): SeededRandom {
    if (this.source === undefined) {
      const { seedSource } = this;
      this.seed = typeof seedSource === 'string' ? seedSource : seedSource();
      this.source = new SeededRandom(this.seed);
    }
    return this.source;
  }
}
