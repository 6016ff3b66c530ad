/** Copies of query results, for callers that want to keep or change them. */
import { hasErrorCode } from '@varve/core';
import { looseCopy } from './plain-value.ts';

/** A deep copy, which belongs to the caller. Values that no model can hold are copied by `structuredClone`. */
export function isolatedCopy(value: unknown): unknown {
  try {
    return looseCopy(value, 'result');
  } catch (error) {
    if (!hasErrorCode(error, 'INVALID_VALUE')) throw error;
    return structuredClone(value);
  }
}
