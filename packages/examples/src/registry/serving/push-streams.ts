/** The streams of all pages of one kind: a push goes to all of them, or to one session only. */
import type { ServerResponse } from 'node:http';
import type { SignalValue } from './datastar-events.ts';
import { PushStream } from './push-stream.ts';

/** The number of sessions without a stream whose messages are kept; beyond it, the oldest are lost. */
const maxAbsentSessions = 64;

export class PushStreams {
  private readonly render: () => string;
  /** Messages for sessions that have no stream at the moment, as between the break of a stream and its reconnection. */
  private readonly untold = new Map<string, Readonly<Record<string, SignalValue>>>();
  private readonly streams = new Set<PushStream>();

  constructor(render: () => string) {
    this.render = render;
  }

  get count(): number {
    return this.streams.size;
  }

  /** Begins a stream with a push. The stream is registered first, so that no change can come between the two. */
  open(session: string, response: ServerResponse): void {
    const stream = new PushStream(session, response, this.render);
    this.streams.add(stream);
    response.once('close', () => {
      this.streams.delete(stream);
      stream.stop();
    });
    stream.changed();
    const signals = this.untold.get(session);
    this.untold.delete(session);
    if (signals !== undefined) stream.tell(signals);
  }

  changed(): void {
    for (const stream of this.streams) stream.changed();
  }

  /** Sets signals of the pages of this session only: now, or when its stream is back. */
  tell(session: string, signals: Readonly<Record<string, SignalValue>>): void {
    if (session === '') return;
    const streams = [...this.streams].filter((stream) => stream.session === session);
    for (const stream of streams) stream.tell(signals);
    if (streams.length > 0) return;
    this.untold.delete(session);
    this.untold.set(session, signals);
    const [oldest] = this.untold.keys();
    if (this.untold.size > maxAbsentSessions && oldest !== undefined) this.untold.delete(oldest);
  }

  close(): void {
    for (const stream of this.streams) stream.break();
  }
}
