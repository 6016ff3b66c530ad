/** What goes wrong on the simulated disk, and when. */

/** A call that a process makes, in the terms of the `FileSystem` interface. */
export type CallKind =
  | 'open'
  | 'create'
  | 'stat'
  | 'list'
  | 'makeDirectory'
  | 'rename'
  | 'remove'
  | 'syncDirectory'
  | 'lock'
  | 'read'
  | 'write'
  | 'truncate'
  | 'sync'
  | 'close';

export interface Call {
  /** Number of the call on this disk, from 0. */
  readonly number: number;
  readonly kind: CallKind;
  readonly path: string;
  /** For reads and writes: the number of bytes that are requested. */
  readonly length: number;
}

/** A call that fails with this system error, or a write or read that stops early. */
export type Fault = { readonly code: string; readonly losesWrites?: boolean } | { readonly shortBytes: number };

/** Asked before every call; undefined lets it succeed. */
export type FaultPlan = (call: Call) => Fault | undefined;

export interface FaultChoice {
  /** Only these calls fail, and only they are counted. */
  readonly kinds: readonly CallKind[];
  /** The first of them that fails, from 0. */
  readonly nth: number;
  /** Whether all later ones fail too. @default false */
  readonly isLasting?: boolean;
  readonly fault: Fault;
}

/** Fails the `nth` call of some kinds, once or from then on. */
export function failNth({ kinds, nth, isLasting = false, fault }: FaultChoice): FaultPlan {
  let count = -1;
  return (call) => {
    if (!kinds.includes(call.kind)) return undefined;
    count++;
    return count === nth || (isLasting && count > nth) ? fault : undefined;
  };
}

/** Thrown for a fault that a test requested. */
export class FaultError extends Error {
  readonly code: string;
  /** Whether a sync that fails in this way also discards what it was to write, as Linux does. */
  readonly losesWrites: boolean;

  constructor(fault: Extract<Fault, { code: string }>, path: string) {
    super(`${fault.code}: asked for by the test, '${path}'`);
    this.code = fault.code;
    this.losesWrites = fault.losesWrites === true;
  }
}
