/**
 * The worker's end of the channel to its supervisor. When the channel closes, the supervisor is gone, whatever the
 * cause: that is how a worker knows that it must end, and why no worker is left over.
 */
import { isSupervisorMessage, type SupervisorMessage, type WorkerMessage } from '../protocol/messages.ts';
import type { WorkerChannel } from './worker-program.ts';

export interface ChannelListener {
  onMessage(message: SupervisorMessage): void;
  onClose(): void;
}

export class SupervisorChannel implements WorkerChannel {
  private lastSent: Promise<void> = Promise.resolve();

  /** Starts to listen. Throws when this process was not started by a supervisor. */
  constructor(listener: ChannelListener) {
    if (process.send === undefined) {
      throw new Error('This is the program of a projection worker, which only a Projector can start.');
    }
    process.on('message', (message: unknown) => {
      if (isSupervisorMessage(message)) listener.onMessage(message);
    });
    process.once('disconnect', () => listener.onClose());
  }

  /**
   * Sends a message; callers need not wait until it has left. A message that can no longer be sent is dropped, because
   * no one is there to receive it.
   */
  send(message: WorkerMessage): Promise<void> {
    if (!process.connected) return Promise.resolve();
    this.lastSent = new Promise((resolve) => {
      process.send!(message, undefined, undefined, () => resolve());
    });
    return this.lastSent;
  }

  /** Resolves when everything sent has left this process. */
  flush(): Promise<void> {
    return this.lastSent;
  }
}
