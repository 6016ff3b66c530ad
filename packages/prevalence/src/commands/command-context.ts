/**
 * What a handler receives besides model and argument: the time and the randomness of its command. Both are journaled,
 * so that a replay receives the same.
 */
import { SeededRandom } from './seeded-random.ts';

/** What a handler may ask for besides the model: the same answers when the command is replayed. */
export interface CommandContext {
  /** The name under which the command was executed. */
  readonly command: string;
  /** When the command was executed, in milliseconds since 1970. Never less than the time of the previous command. */
  readonly time: number;
  /** The same in microseconds. */
  readonly timeUs: number;
  /** The same as a date. */
  readonly now: Date;
  /** A number from 0 (inclusive) to 1 (exclusive). */
  random(): number;
  /** A random UUID (version 4). */
  uuid(): string;
  /** Commits an event to another stream of the store, together with the command: both or neither. */
  emit(stream: string, event: object): void;
}

/** An event that is to be committed together with its command. */
export interface EmittedEvent {
  readonly stream: string;
  readonly event: object;
}

export class JournaledContext implements CommandContext {
  readonly command: string;
  readonly timeUs: number;
  /** The seed of the command's randomness, 32 hexadecimal digits; undefined until the handler uses randomness. */
  seed: string | undefined;
  emitted: EmittedEvent[] | undefined;
  private readonly seedSource: string | (() => string);
  private source: SeededRandom | undefined;

  /** `seedSource`: the seed, or a function that makes one when it is needed. */
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
