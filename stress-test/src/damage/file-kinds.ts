/** Kinds of files: what the tables list, and how often each kind is damaged at random. */

interface FileKind {
  readonly name: string;
  readonly pattern: RegExp;
  /** How often a file of the kind is damaged, relative to one of another kind. */
  readonly weight: number;
}

const kinds: readonly FileKind[] = [
  { name: 'archived segment', pattern: /^\/archive\//, weight: 6 },
  { name: 'segment', pattern: /\.seg$/, weight: 6 },
  { name: 'catalog', pattern: /\/catalog$/, weight: 6 },
  { name: 'position index', pattern: /\/positions-\d+\.idx$/, weight: 6 },
  { name: 'head', pattern: /\/head$/, weight: 5 },
  { name: 'redo log', pattern: /\/redo$/, weight: 5 },
  { name: 'name index', pattern: /\/names-\d+\.idx$/, weight: 5 },
  { name: 'backfill', pattern: /-\d+-\d+\.run$/, weight: 5 },
  { name: 'index run', pattern: /\.run$/, weight: 4 },
  { name: 'commit ids', pattern: /\.ids$/, weight: 2 },
  { name: 'dead letters', pattern: /\/dead-letters\/.*\.state$/, weight: 5 },
  { name: 'consumer', pattern: /\.state$/, weight: 5 },
  { name: 'store.json', pattern: /\/store\.json$/, weight: 3 },
  { name: 'part.json', pattern: /\/part\.json$/, weight: 4 },
];

/** The other files mean nothing to readers: locks, and notes of who holds them. */
const noteWeight = 1;

/** `partitions/000001-shared/00000000000000000000.seg` -> `segment`. */
export function kindOf(path: string): string {
  return (
    find(path)?.name ?? (path.includes('/consumers/') ? 'note of a consumer' : path.slice(path.lastIndexOf('/') + 1))
  );
}

export function weightOf(path: string): number {
  return find(path)?.weight ?? noteWeight;
}

function find(path: string): FileKind | undefined {
  return kinds.find(({ pattern }) => pattern.test(path));
}
