/**
 * Holds the position and state of a running consumer, and decides when to save them.
 *
 * Invariant: position and state change together; while the consumer runs, only after an event was handled completely,
 * or by `reset`.
 */
import { type Clock, systemClock } from '../clock/clock.ts';
import { checkOptions, type OptionRule, optionRules, withoutUndefined } from '../option-rules.ts';
import { type Checkpoint, ConsumerFile, type ConsumerFilePlace } from './consumer-file.ts';
import { deepFreeze } from './deep-freeze.ts';

/** What a consumer begins with. */
export interface InitialCheckpoint {
  readonly state: unknown;
  /** Version of the source to begin after. */
  readonly since: number;
}

/**
 * When a consumer saves. Exactly-once holds whatever is chosen; the choice decides how much work is repeated after a
 * crash.
 */
export interface CheckpointOptions {
  /** After this many events; `Infinity` for never. @default 1000 */
  readonly everyEvents?: number;
  /**
   * When this time has passed since the last save and there is something to save; `Infinity` for never. @default 1000
   */
  readonly everyMs?: number;
  /** Whenever all published events have been handled. @default true */
  readonly onCaughtUp?: boolean;
  /** Waits until the record is on the medium, so that it also survives a crash of the machine. @default false */
  readonly durable?: boolean;
}

const countRule: OptionRule = {
  description: 'an integer of 1 or more, or Infinity',
  accepts: (value) => value === Infinity || optionRules.positiveInteger.accepts(value),
};

export const checkpointRules: Readonly<Record<keyof CheckpointOptions, OptionRule>> = {
  everyEvents: countRule,
  everyMs: countRule,
  onCaughtUp: optionRules.boolean,
  durable: optionRules.boolean,
};

export const checkpointDefaults = { everyEvents: 1000, everyMs: 1000, onCaughtUp: true, durable: false } as const;

export class CheckpointKeeper {
  private readonly file: ConsumerFile;
  private readonly options: Required<CheckpointOptions>;
  private readonly clock: Clock;
  private readonly persisted: (position: number) => void;
  private held: Checkpoint;
  private isLoaded = false;
  private unsavedEvents = 0;
  private savedAtMs = 0;

  constructor(
    place: ConsumerFilePlace,
    options: CheckpointOptions,
    { initial, onPersisted }: { readonly initial: InitialCheckpoint; readonly onPersisted: (position: number) => void },
  ) {
    this.file = new ConsumerFile(place);
    checkOptions(options, checkpointRules);
    this.options = { ...checkpointDefaults, ...withoutUndefined(options) };
    this.clock = place.clock ?? systemClock;
    this.persisted = onPersisted;
    this.held = emptyCheckpoint(initial);
  }

  get path(): string {
    return this.file.path;
  }

  /** The last handled event, and the state that includes it. Reads the file on first use. */
  get current(): Checkpoint {
    if (!this.isLoaded) {
      const saved = this.file.load();
      this.isLoaded = true;
      if (saved !== undefined) this.held = { ...saved, state: deepFreeze(saved.state) };
    }
    return this.held;
  }

  get hasUnsaved(): boolean {
    return this.unsavedEvents > 0;
  }

  get everyMs(): number {
    return this.options.everyMs;
  }

  /**
   * Locks the file for this consumer. `current` then reads it again: another process may have run the consumer
   * meanwhile.
   */
  acquire(): void {
    this.file.acquire();
    this.isLoaded = false;
    this.unsavedEvents = 0;
  }

  release(): void {
    this.file.release();
  }

  /** Records that an event was handled. */
  accept(checkpoint: Checkpoint): void {
    this.held = checkpoint;
    this.unsavedEvents++;
    if (this.unsavedEvents >= this.options.everyEvents) this.save();
  }

  /** To be called when all published events have been handled. */
  caughtUp(): void {
    if (this.options.onCaughtUp) this.saveIfNeeded();
    else this.saveIfDue();
  }

  /** Saves if `everyMs` has passed since the last save. */
  saveIfDue(): void {
    if (this.nowMs() - this.savedAtMs >= this.options.everyMs) this.saveIfNeeded();
  }

  saveIfNeeded(): void {
    if (this.unsavedEvents > 0) this.save();
  }

  /** Replaces what was saved with this state, to go on after the version `since`. */
  reset(initial: InitialCheckpoint): void {
    this.isLoaded = true;
    this.held = emptyCheckpoint(initial);
    this.save();
  }

  private save(): void {
    this.file.save(this.held, this.options.durable);
    this.unsavedEvents = 0;
    this.savedAtMs = this.nowMs();
    this.persisted(this.held.position);
  }

  private nowMs(): number {
    return this.clock.nowUs() / 1000;
  }
}

function emptyCheckpoint({ state, since }: InitialCheckpoint): Checkpoint {
  return { position: 0, epoch: 0, frameChecksum: 0, since, state: deepFreeze(state) };
}
