/** Reads files that may be missing: a copy in progress lacks some, and any file may be removed at any moment. */
import { systemErrorCode } from '../errors.ts';

/** What `read` returns, or `missing` when a file that it reads from is not there. */
export function ifThere<Result>(read: () => Result, missing: Result): Result {
  try {
    return read();
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return missing;
    throw error;
  }
}
