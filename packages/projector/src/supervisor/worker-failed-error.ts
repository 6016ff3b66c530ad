/** The error of a projection whose worker was given up: the last failure, and the last output of the process. */
import { VarveError } from '@varve/core';
import { errorFrom, plainMessageOf, withoutStop } from '@varve/core/internal';
import type { ErrorReport } from '../protocol/error-report.ts';
import { isHopeless } from './failure-judge.ts';
import type { WorkerEnd } from './worker.ts';

export interface GivenUpWorker {
  /** The projection's name, or the path of its module when it never got far enough to report its name. */
  readonly projection: string;
  readonly path: string;
  /** The number of failures in a row. */
  readonly failures: number;
  readonly end: WorkerEnd;
  readonly reason: ErrorReport;
  readonly cause: Error | undefined;
}

const processHint = 'Mend what ends the process and start the projector again; what was saved is kept.';
const eventHint = 'Mend the projection and start the projector again; it goes on with that event.';

export class WorkerFailedError extends VarveError {
  override readonly name = 'WorkerFailedError';
  readonly projection: string;
  readonly failures: number;
  /** The exit code of the last process; undefined when a signal ended it. */
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  /** The last lines that it printed to its standard error. */
  readonly stderr: readonly string[];

  constructor(failure: GivenUpWorker) {
    const { projection, path, failures, end, reason, cause } = failure;
    const { position, hint = position === undefined ? processHint : eventHint } = reason;
    const times = failures === 1 ? 'once' : `${failures} times in a row`;
    const why = withoutStop(plainMessageOf(reason));
    const message = `The worker of projection ${JSON.stringify(projection)} failed ${times} and was given up: ${why}.`;
    super('WORKER_FAILED', end.stderr.length === 0 ? message : `${message}\n${end.stderr.join('\n')}\n`, {
      path,
      ...(position === undefined ? {} : { position }),
      cause,
      hint,
    });
    this.projection = projection;
    this.failures = failures;
    this.exitCode = end.exitCode;
    this.signal = end.signal;
    this.stderr = end.stderr;
  }
}

/**
 * The error with which a projection is given up or paused. `wasTold`: the reason is known from the worker, or from its
 * silence.
 */
export function failureOf(failure: Omit<GivenUpWorker, 'cause'>, wasTold: boolean): Error {
  const cause = errorFrom(failure.reason);
  return isHopeless(failure.reason) ? cause : new WorkerFailedError({ ...failure, cause: wasTold ? cause : undefined });
}
