/**
 * What a check of a store can find, and what each finding means. docs/repair.md lists the same; a test compares them.
 */

/** What is lost if nothing is done. */
export type Harm =
  /** Events that cannot be read, or not all of them. */
  | 'events'
  /** Nothing: it is rebuilt from frames. */
  | 'index'
  /** The state of one consumer or model, which is rebuilt from events. */
  | 'state'
  /** Nothing: what is damaged has a second copy, or is not needed. */
  | 'nothing';

export interface FindingKind {
  readonly harm: Harm;
  readonly what: string;
  readonly remedy: string;
}

const restore =
  'Restore the file from a replica or backup; without one, export what is whole, then `repairStore` keeps what comes before it.';
const reindex = 'Open the store for writing and call `reindex(0)` on its storage, or call `repairStore`.';
const rewrite = 'The next writer that opens the store writes it anew.';

export const findingKinds = {
  STORE_FILE: {
    harm: 'events',
    what: '`store.json` or `part.json` is damaged or missing.',
    remedy: 'Restore the file from a replica or backup: it never changes.',
  },
  HEAD: {
    harm: 'index',
    what: 'Neither slot of the head is whole, or there is no head.',
    remedy: 'Open the store for writing: the head is found again from the frames.',
  },
  HEAD_SLOT: { harm: 'nothing', what: 'One of the two slots of the head is not whole.', remedy: rewrite },
  CATALOG: {
    harm: 'events',
    what: 'A record of the catalog is damaged, missing or out of place: names of streams, keys of objects.',
    remedy: restore,
  },
  NAME_INDEX: { harm: 'index', what: 'A name index is damaged, or not what the catalog says.', remedy: reindex },
  SEGMENT: {
    harm: 'events',
    what: 'A segment is missing, its header is damaged, or it does not follow the one before it.',
    remedy: restore,
  },
  ARCHIVE_MISSING: {
    harm: 'events',
    what: 'A segment was archived, and is not where the archive was.',
    remedy: 'Bring the archive back, or give `archiveDirectory` where it is elsewhere.',
  },
  FRAME: { harm: 'events', what: 'A frame is damaged: its commit cannot be read.', remedy: restore },
  CHAIN: {
    harm: 'events',
    what: 'A frame is whole, but does not follow the one before it: the file was put together from two histories.',
    remedy: 'Copy the store anew from its source, as a whole; or `repairStore` keeps what comes before it.',
  },
  REFERENCE: {
    harm: 'events',
    what: 'A frame refers to a stream, index or keys of objects that the catalog does not have.',
    remedy: 'Restore the catalog from a replica or backup.',
  },
  EVENTS_MISSING: { harm: 'events', what: 'Positions that no whole frame has.', remedy: restore },
  STREAM_VERSION: {
    harm: 'events',
    what: 'The versions of a stream are not consecutive.',
    remedy: 'Copy the store anew from its source, as a whole.',
  },
  POSITION_INDEX: {
    harm: 'index',
    what: 'Entries of the position index do not lead to their frames.',
    remedy: reindex,
  },
  INDEX_RUN: { harm: 'index', what: 'An index run is damaged, or not what the frames say.', remedy: reindex },
  DROPPED_INDEX: {
    harm: 'events',
    what: 'An index run or file of commit ids that covers dropped events is damaged or missing.',
    remedy: 'Restore the file from a replica or backup: the events that it was made from are gone.',
  },
  BACKFILL: { harm: 'index', what: 'The backfill of a derived stream is damaged.', remedy: reindex },
  COMMIT_IDS: { harm: 'index', what: 'A file of commit ids is damaged, or not what the frames say.', remedy: reindex },
  CONSUMER: {
    harm: 'state',
    what: 'The state of a consumer cannot be read, or is of another history.',
    remedy: 'Restore the file, or reset the consumer: it handles all events again.',
  },
  CONSUMER_SLOT: {
    harm: 'nothing',
    what: 'One of the two slots of a consumer is not whole; the other one is.',
    remedy: 'The consumer writes it anew at its next checkpoint but one.',
  },
  SNAPSHOT: {
    harm: 'state',
    what: 'A snapshot of a prevalent system is damaged.',
    remedy: 'Remove it: the system starts from the one before it, or from its journal.',
  },
  BLOB: {
    harm: 'state',
    what: 'A blob does not have the bytes that its name stands for.',
    remedy: 'Restore the file from a replica or backup.',
  },
} as const satisfies Readonly<Record<string, FindingKind>>;

export type FindingCode = keyof typeof findingKinds;

/** One thing that is not as it should be. Plain data: it is passed between threads, and can be printed as JSON. */
export interface Finding {
  readonly code: FindingCode;
  readonly harm: Harm;
  /** The file or folder, and where in it. */
  readonly path: string;
  readonly offset?: number;
  /** The first and the last position that are affected, as far as is known. */
  readonly position?: number;
  readonly lastPosition?: number;
  /** What is wrong here, as one sentence. */
  readonly message: string;
  /** What to do about it. */
  readonly remedy: string;
}

export type FindingPlace = Pick<Finding, 'path' | 'offset' | 'position' | 'lastPosition'>;

export function finding(code: FindingCode, place: FindingPlace, message: string): Finding {
  const { harm, remedy } = findingKinds[code];
  return { code, harm, ...place, message, remedy };
}
