/**
 * Streams of a projection's state as server-sent events: the state at once, and again whenever it was saved with
 * changes. A client that reads slowly gets fewer states, never old ones: at most one state is queued for it.
 */
import type { ServerResponse } from 'node:http';
import { systemClock, type Timer } from '@varve/core';
import { reportOf } from '../protocol/error-report.ts';
import type { Projector } from '../supervisor/projector.ts';
import type { StateReader, StateText } from './state-reader.ts';

/** Comments keep proxies from closing a quiet stream. */
const commentEveryMs = 15_000;

export class StateStreams {
  private readonly projector: Projector;
  private readonly states: StateReader;
  private readonly intervalMs: number;
  private readonly streams = new Set<StateStream>();
  private readonly onChange = ({ name }: { readonly name: string }): void => this.changed(name);
  private readonly onSwap = (name: string): void => this.changed(name);

  constructor(projector: Projector, states: StateReader, intervalMs: number) {
    this.projector = projector;
    this.states = states;
    this.intervalMs = intervalMs;
    projector.on('progress', this.onChange).on('swap', this.onSwap);
  }

  get count(): number {
    return this.streams.size;
  }

  /** Begins a stream. `lastId`: the id that the client has seen last; that state is not sent again. */
  open(name: string, response: ServerResponse, lastId: string | undefined): void {
    const stream = new StateStream(name, response, () => this.states.read(name), this.intervalMs, lastId);
    this.streams.add(stream);
    response.once('close', () => {
      this.streams.delete(stream);
      stream.stop();
    });
    stream.changed();
  }

  close(): void {
    this.projector.off('progress', this.onChange).off('swap', this.onSwap);
    for (const stream of this.streams) stream.end();
  }

  private changed(name: string): void {
    for (const stream of this.streams) {
      if (stream.name === name) stream.changed();
    }
  }
}

class StateStream {
  readonly name: string;
  private readonly response: ServerResponse;
  private readonly read: () => StateText;
  private readonly intervalMs: number;
  private lastId: string | undefined;
  private lastProblem: string | undefined;
  private sentAtUs = 0;
  private next: Timer | undefined;
  private readonly comments: NodeJS.Timeout;
  private isStuck = false;

  constructor(
    name: string,
    response: ServerResponse,
    read: () => StateText,
    intervalMs: number,
    lastId: string | undefined,
  ) {
    this.name = name;
    this.response = response;
    this.read = read;
    this.intervalMs = intervalMs;
    this.lastId = lastId;
    response.on('drain', () => this.changed());
    this.comments = setInterval(() => this.comment(), commentEveryMs).unref();
  }

  /**
   * Shows that the stream is alive. A client that reads nothing from one comment to the next is disconnected, or it
   * would keep its place forever.
   */
  private comment(): void {
    const { response } = this;
    if (!response.writableNeedDrain) response.write(':\n\n');
    else if (this.isStuck) response.destroy();
    this.isStuck = response.writableNeedDrain;
  }

  /** The state may differ from the one that was sent last. */
  changed(): void {
    if (this.next !== undefined || this.response.writableNeedDrain || this.response.writableEnded) return;
    const elapsedMs = (systemClock.nowUs() - this.sentAtUs) / 1000;
    this.next = systemClock.setTimer(() => this.send(), Math.max(0, this.intervalMs - elapsedMs));
  }

  /** The client is gone, or about to be: nothing more is sent. */
  stop(): void {
    this.next?.cancel();
    clearInterval(this.comments);
  }

  end(): void {
    this.stop();
    this.response.end();
  }

  private send(): void {
    this.next = undefined;
    this.sentAtUs = systemClock.nowUs();
    try {
      const { id, json } = this.read();
      if (id === this.lastId) return;
      this.lastId = id;
      this.lastProblem = undefined;
      this.response.write(`id: ${id}\nevent: state\ndata: ${json}\n\n`);
    } catch (error) {
      const { code, message } = reportOf(error);
      if (message === this.lastProblem) return;
      this.lastProblem = message;
      this.response.write(`event: problem\ndata: ${JSON.stringify({ code, message })}\n\n`);
    }
  }
}
