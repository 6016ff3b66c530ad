/**
 * Statuses and dead letters in the form in which they are served: without stacks, hints and file paths, which help the
 * operators of the projector, and no one else who can reach its server.
 */
import type { DeadLetter } from '../dead-letters/dead-letter-file.ts';
import type { ErrorReport } from '../protocol/error-report.ts';
import type { GenerationStatus, ProjectionStatus, WorkerStatus } from '../supervisor/projection-status.ts';

export function servedLetter(letter: DeadLetter): DeadLetter {
  return { ...letter, error: servedError(letter.error) };
}

export function servedStatus({ path: _path, rebuild, ...status }: ProjectionStatus): Omit<ProjectionStatus, 'path'> {
  return { ...servedGeneration(status), rebuild: rebuild === undefined ? undefined : servedGeneration(rebuild) };
}

function servedGeneration<Status extends GenerationStatus>(status: Status): Status {
  return { ...servedWorker(status), parts: status.parts.map(servedWorker) };
}

function servedWorker<Status extends WorkerStatus>(status: Status): Status {
  const { lastError } = status;
  return { ...status, lastError: lastError === undefined ? undefined : servedError(lastError) };
}

function servedError({ message, code, position, eventType }: ErrorReport): ErrorReport {
  return {
    message,
    ...(code === undefined ? {} : { code }),
    ...(position === undefined ? {} : { position }),
    ...(eventType === undefined ? {} : { eventType }),
  };
}
