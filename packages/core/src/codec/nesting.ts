/**
 * Limits how deep a value may be nested. A process that has just started, or whose stack is already deep, reads fewer
 * levels than a warmed-up one writes: without a limit, a commit could be accepted that others can never read.
 */

/** The lowest reading limit that was measured is 1,683 levels: Errors in Errors, in a process that had just started. */
export const maxNesting = 1000;

/** Whether `value`, which must not contain itself, is nested more than `maxNesting` levels deep. */
export function isNestedTooDeep(value: unknown): boolean {
  return exceeds(value, maxNesting);
}

export function nestingRefused(): TypeError {
  return new TypeError(`It is nested more than ${maxNesting} levels deep`);
}

function exceeds(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return false;
  if (levels === 0) return true;
  const below = levels - 1;
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object' && exceeds(item, below)) return true;
    return false;
  }
  if (value instanceof Map) {
    for (const [key, item] of value) if (exceeds(key, below) || exceeds(item, below)) return true;
    return false;
  }
  if (value instanceof Set) {
    for (const item of value) if (exceeds(item, below)) return true;
    return false;
  }
  if (value instanceof Error) return exceeds(value.cause, below);
  for (const item of Object.values(value)) if (typeof item === 'object' && exceeds(item, below)) return true;
  return false;
}
