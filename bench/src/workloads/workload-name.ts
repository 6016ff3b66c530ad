/** Ways of reading what was appended. */
export const readingNames = [
  'scan',
  'scan-backward',
  'read-streams',
  'join',
  'category',
  'derived',
  'random',
  'ndjson',
] as const;

/** What is measured, in the order of a run; the README of this workspace describes each. */
export const workloadNames = [
  'append',
  'open',
  ...readingNames,
  'consumer',
  'lag',
  'busy-lag',
  'durable-1',
  'durable-64',
  'recover',
  'reindex',
] as const;

export type WorkloadName = (typeof workloadNames)[number];

/** Those that make their own store and need no `append` before them. */
export const standalone: ReadonlySet<WorkloadName> = new Set(['lag', 'busy-lag', 'durable-1', 'durable-64', 'recover']);
