/**
 * The worker's end of the channel to its supervisor. The channel closing means that the supervisor is gone, whatever
 * became of it: that is how a worker knows to end, and why none is ever left over.
 */
import { isSupervisorMessage, type SupervisorMessage, type WorkerMessage } from '../protocol/messages.ts';
import type { WorkerChannel } from './worker-program.ts';

export interface ChannelListener {
  onMessage(message: SupervisorMessage): void;
  onClose(): void;
}

export class SupervisorChannel implements WorkerChannel {
  private lastSent: Promise<void> = Promise.resolve();

  /** Begins to listen. Throws when this process was not started by a supervisor. */
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
   * Sends a message; nobody has to wait for it to have left. What can no longer be sent is dropped, since nobody is
   * there to miss it.
   */
  send(message: WorkerMessage): Promise<void> {
    if (!process.connected) return Promise.resolve();
    this.lastSent = new Promise((resolve) => {
      process.send!(message, undefined, undefined, () => resolve());
    });
    return this.lastSent;
  }

  /** Resolves when all that was sent has left this process. */
  flush(): Promise<void> {
    return this.lastSent;
  }
}
