/** Reading from files that may not be there: a copy that is being made lacks some, and any may be removed meanwhile. */
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
