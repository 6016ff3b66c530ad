/** A store as plain arrays: what every command on the real one is compared with. */
import { type KnownMatcher, matchers } from './matchers.ts';

export interface ModelPayload {
  readonly type: string;
  readonly n: number;
  readonly tags: readonly string[];
}

export interface ModelEvent {
  readonly stream: string;
  readonly payload: ModelPayload;
  readonly streamVersion: number;
  readonly by: string | undefined;
}

/** The part of a commit that goes to one stream. */
export interface ModelPart {
  readonly stream: string;
  readonly payloads: readonly ModelPayload[];
  readonly by?: string | undefined;
}

export interface ModelQuery {
  readonly items: readonly { readonly types?: readonly string[]; readonly tags?: readonly string[] }[];
}

export class StoreModel {
  private events: ModelEvent[] = [];
  /** Position of the last event of each commit. */
  private commitEnds: number[] = [];
  /** Positions of the commits with an id that a caller gave. */
  private ids = new Map<string, number>();
  /** Derived streams and the names of their matchers. */
  readonly derived = new Map<string, keyof typeof matchers>();
  readonly closed = new Set<string>();
  /** Positions up to which everything was flushed, and durable. */
  flushed = 0;
  durable = 0;

  get position(): number {
    return this.events.length;
  }

  get commitIds(): readonly string[] {
    return [...this.ids.keys()];
  }

  commit(parts: readonly ModelPart[], commitId?: string): void {
    if (commitId !== undefined) this.ids.set(commitId, this.position + 1);
    for (const { stream, payloads, by } of parts) {
      for (const payload of payloads) {
        this.events.push({ stream, payload, streamVersion: this.version(stream) + 1, by });
      }
    }
    this.commitEnds.push(this.events.length);
  }

  positionOfCommit(commitId: string): number | undefined {
    return this.ids.get(commitId);
  }

  version(stream: string, upTo = this.position): number {
    return this.stream(stream, upTo).length;
  }

  /** The events of a write stream, of a derived stream, or of the whole store, up to a position. */
  stream(name: string, upTo = this.position): readonly ModelEvent[] {
    const matcher = this.derived.get(name);
    const known: KnownMatcher | undefined = matcher === undefined ? undefined : matchers[matcher];
    return this.upTo(upTo).filter((event) => {
      return known === undefined ? name === '_all' || event.stream === name : known.test(event);
    });
  }

  /** The events of all these streams, in global order. */
  joined(names: readonly string[], upTo: number): readonly ModelEvent[] {
    const events = new Set(names.flatMap((name) => this.stream(name, upTo)));
    return this.upTo(upTo).filter((event) => events.has(event));
  }

  category(name: string, upTo: number): readonly ModelEvent[] {
    const isOf = (stream: string): boolean =>
      stream === name || stream.startsWith(`${name}-`) || stream.startsWith(`${name}/`);
    return this.upTo(upTo).filter((event) => isOf(event.stream));
  }

  /** Positions of the matching events after `after`. */
  query({ items }: ModelQuery, after: number, upTo = this.position): readonly number[] {
    const matches = ({ payload }: ModelEvent): boolean =>
      items.some(({ types = [], tags = [] }) => {
        return (types.length === 0 || types.includes(payload.type)) && tags.every((tag) => payload.tags.includes(tag));
      });
    return this.upTo(upTo).flatMap((event, index) => {
      return index >= after && (items.length === 0 || matches(event)) ? [index + 1] : [];
    });
  }

  event(position: number): ModelEvent {
    return this.events[position - 1]!;
  }

  /** Everything is on the medium now. */
  settle(): void {
    this.durable = this.flushed = this.position;
  }

  /** Forgets what a crash took; only whole commits may be left, and none that had to stay may be missing. */
  cutTo(position: number, least: number): void {
    if (position < least) throw new Error(`Position ${least} was acknowledged, and ${position} is the last one left`);
    if (position !== 0 && !this.commitEnds.includes(position)) throw new Error(`A commit was cut at ${position}`);
    this.events = this.events.slice(0, position);
    this.commitEnds = this.commitEnds.filter((end) => end <= position);
    this.ids = new Map([...this.ids].filter(([, first]) => first <= position));
    this.flushed = position;
    this.durable = position;
  }

  private upTo(position: number): readonly ModelEvent[] {
    return this.events.slice(0, position);
  }
}
