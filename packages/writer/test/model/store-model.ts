/** A store as plain arrays: what every command on the real one is compared with. */
export interface ModelEvent {
  readonly stream: string;
  readonly payload: object;
  readonly streamVersion: number;
}

export class StoreModel {
  private events: ModelEvent[] = [];
  /** Position of the last event of each commit. */
  private commitEnds: number[] = [];
  /** Positions up to which all was flushed, and durable. */
  flushed = 0;
  durable = 0;

  get position(): number {
    return this.events.length;
  }

  commit(stream: string, payloads: readonly object[]): void {
    for (const payload of payloads) {
      this.events.push({ stream, payload, streamVersion: this.version(stream) + 1 });
    }
    this.commitEnds.push(this.events.length);
  }

  version(stream: string, upTo = this.position): number {
    return this.stream(stream, upTo).length;
  }

  /** The events of a stream, or of all, up to a position. */
  stream(name: string, upTo = this.position): readonly ModelEvent[] {
    return this.events.slice(0, upTo).filter((event) => name === '_all' || event.stream === name);
  }

  event(position: number): ModelEvent {
    return this.events[position - 1]!;
  }

  /** Forgets what a crash took; only whole commits may be left, and none that had to stay. */
  cutTo(position: number, least: number): void {
    if (position < least) throw new Error(`Position ${least} was acknowledged, and ${position} is the last one left`);
    if (position !== 0 && !this.commitEnds.includes(position)) throw new Error(`A commit was cut at ${position}`);
    this.events = this.events.slice(0, position);
    this.commitEnds = this.commitEnds.filter((end) => end <= position);
    this.flushed = position;
    this.durable = position;
  }
}
