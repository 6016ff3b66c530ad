/** A worker as its supervisor sees it: a process or a thread that runs one part of one version of a projection. */
import type { SupervisorMessage, WorkerMessage } from '../protocol/messages.ts';

export interface Worker {
  /** Undefined for a thread, and for a process that could not be started. */
  readonly pid: number | undefined;
  /** Resolves when the worker has ended. */
  readonly ended: Promise<WorkerEnd>;
  /** Sends a message; one that the worker can no longer receive is dropped, because `ended` reports the end anyway. */
  send(message: SupervisorMessage): void;
  /** Ends it at once, whatever it is doing; a thread in a native call ends when that returns. */
  kill(): void;
}

/** How a worker ended. */
export interface WorkerEnd {
  /** The reason as text, for when the worker itself reported nothing. */
  readonly reason: string;
  /** Undefined when a signal ended it, or when it never started. */
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  /** The last lines that it printed to its standard error; none for a thread, which has no standard error of its own. */
  readonly stderr: readonly string[];
}

export interface WorkerStart {
  readonly onMessage: (message: WorkerMessage) => void;
}

/** Starts a worker of the kind that the projector's options name. */
export type StartWorker = (start: WorkerStart) => Promise<Worker>;

/** What a worker runs, and how it is started. */
export interface WorkerPlace {
  readonly moduleUrl: string;
  /** The number of the part, from 0. */
  readonly part: number;
  readonly startWorker: StartWorker;
}

/** Lets a worker save and end; kills it when it has not ended after `timeoutMs`. */
export async function endWorker(worker: Worker, timeoutMs: number): Promise<void> {
  worker.send({ type: 'stop' });
  const deadline = setTimeout(() => worker.kill(), timeoutMs);
  await worker.ended;
  clearTimeout(deadline);
}
