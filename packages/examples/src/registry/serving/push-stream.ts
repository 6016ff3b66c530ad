/**
 * One page's stream of pushes. A push always shows the present: a page that reads slowly gets fewer pushes, never old
 * ones. Only the fact that something changed and the latest message are queued for it.
 */
import type { ServerResponse } from 'node:http';
import { type SignalValue, signalsEvent } from './datastar-events.ts';

/** Comments reveal whether the page is still connected, and keep proxies from closing a quiet stream. */
const commentEveryMs = 15_000;
/** How soon the page reconnects when the stream breaks. */
const retryMs = 300;

export class PushStream {
  /** The id that the page chose for itself. */
  readonly session: string;
  private readonly response: ServerResponse;
  private readonly render: () => string;
  private readonly comments: NodeJS.Timeout;
  private hasChanged = false;
  private signals: Readonly<Record<string, SignalValue>> | undefined;
  private next: NodeJS.Immediate | undefined;

  /** `render` returns the events that show the present state. */
  constructor(session: string, response: ServerResponse, render: () => string) {
    this.session = session;
    this.response = response;
    this.render = render;
    response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' });
    response.write(`retry: ${retryMs}\n\n`);
    response.on('drain', () => this.schedule());
    this.comments = setInterval(() => {
      if (!response.writableNeedDrain) response.write(':\n\n');
    }, commentEveryMs).unref();
  }

  /** Marks that there is something new to show. */
  changed(): void {
    this.hasChanged = true;
    this.schedule();
  }

  /** Sets signals of this page only. */
  tell(signals: Readonly<Record<string, SignalValue>>): void {
    this.signals = { ...this.signals, ...signals };
    this.schedule();
  }

  stop(): void {
    clearInterval(this.comments);
    clearImmediate(this.next);
  }

  /** Breaks the stream, so that the page reconnects as soon as a server runs. */
  break(): void {
    this.response.destroy();
  }

  private schedule(): void {
    const hasNothing = !this.hasChanged && this.signals === undefined;
    if (hasNothing || this.next !== undefined || this.response.writableNeedDrain) return;
    this.next = setImmediate(() => this.send());
  }

  private send(): void {
    this.next = undefined;
    try {
      const events = [
        this.hasChanged ? this.render() : '',
        this.signals === undefined ? '' : signalsEvent(this.signals),
      ];
      this.hasChanged = false;
      this.signals = undefined;
      this.response.write(events.join(''));
    } catch {
      // The model can no longer be read: its system has reported why, and this server is about to end.
      this.break();
    }
  }
}
