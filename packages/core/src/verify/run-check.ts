/**
 * Checks one index run: its checksums, the order of its postings, and the sum of its contents, which must equal that of
 * the frames in its range. For write streams the sum contains the version of each event, so that a missing or additional
 * posting of a stream is detected.
 */
import { plainMessageOf } from '../error-data.ts';
import { type CorruptionError, hasErrorCode } from '../errors.ts';
import { postingBytes } from '../format/run.ts';
import { IndexRun } from '../storage/index-run.ts';
import { type RunName, runPath } from '../storage/find-runs.ts';
import { ifThere } from '../file-system/if-there.ts';
import type { CheckFiles } from './checked-store.ts';
import { type Finding, finding } from './finding.ts';
import { Fingerprint, type FingerprintValue } from './fingerprint.ts';
import { addPosting } from './frame-sums.ts';
import type { SharedProgress } from './shared-progress.ts';

/** Postings that are read before other work gets a turn. */
const postingsPerStep = 262_144;
const stepBytes = postingsPerStep * postingBytes;

export interface RunTask {
  readonly run: RunName;
  /** The runs before it, from which the versions of streams are counted. */
  readonly earlier: readonly RunName[];
}

export interface RunReport {
  readonly run: RunName;
  readonly findings: readonly Finding[];
  /** The sum over its postings; undefined when it cannot be compared with frames. */
  readonly sum: FingerprintValue | undefined;
}

export function* checkRun(
  files: CheckFiles,
  { run: name, earlier }: RunTask,
  progress: SharedProgress,
): Generator<undefined, RunReport> {
  const { context } = files;
  const path = runPath(context.indexDirectory, name);
  const code = codeOf(files, name);
  const opened: IndexRun[] = [];
  const open = (each: RunName): IndexRun => {
    const run = new IndexRun(context, runPath(context.indexDirectory, each));
    opened.push(run);
    return run;
  };
  try {
    const run = ifThere(() => open(name), undefined);
    if (run === undefined) {
      // The writer has merged it meanwhile; a backfill stays as long as its index.
      const findings = name.onlyIndex === 0 ? [] : [finding(code, { path }, `The backfill ${path} is missing.`)];
      return { run: name, findings, sum: undefined };
    }
    if (name.onlyIndex === 0 && !files.history.has(run.header.last, run.header.epoch)) {
      const message = `The index run ${path} is of a history that the store has lost.`;
      return { run: name, findings: [finding(code, { path }, message)], sum: undefined };
    }
    const before = ifThere(() => earlier.map(open), undefined);
    const sum = yield* sumPostings(files, run, before ?? [], progress);
    if (typeof sum === 'string') return { run: name, findings: [finding(code, { path }, sum)], sum: undefined };
    return { run: name, findings: [], sum: before === undefined ? undefined : sum };
  } catch (error) {
    if (!hasErrorCode(error, 'CORRUPTION')) throw error;
    const { path: damaged, offset } = error as CorruptionError;
    const place = offset === undefined ? { path } : { path, offset };
    // Damage in an earlier run is reported by that run's own check.
    if (damaged !== path) return { run: name, findings: [], sum: undefined };
    return { run: name, findings: [finding(code, place, plainMessageOf(error as CorruptionError))], sum: undefined };
  } finally {
    progress.addBytes((context.fileSystem.stat(path)?.sizeBytes ?? 0) % stepBytes);
    for (const each of opened) each.close();
  }
}

function codeOf({ context }: CheckFiles, { base, onlyIndex }: RunName): 'INDEX_RUN' | 'BACKFILL' | 'DROPPED_INDEX' {
  if (base + 1 < context.segmentRecords.firstPosition) return 'DROPPED_INDEX';
  return onlyIndex === 0 ? 'INDEX_RUN' : 'BACKFILL';
}

/** The sum over all postings of events that were not dropped; a message when they are not as they must be. */
function* sumPostings(
  { store, context }: CheckFiles,
  run: IndexRun,
  earlier: readonly IndexRun[],
  progress: SharedProgress,
): Generator<undefined, FingerprintValue | string> {
  const { ids, starts } = run.contents;
  const { header, path } = run;
  const derived = new Set(store.derivedIds);
  const sum = new Fingerprint();
  let untilTurn = postingsPerStep;
  for (const [slot, id] of ids.entries()) {
    if (slot > 0 && id <= ids[slot - 1]!) return `The index run ${path} does not have its indexes in order.`;
    const end = starts[slot + 1] ?? header.entryCount;
    const isStream = header.onlyIndex === 0 && !derived.has(id);
    let version = isStream ? earlier.reduce((count, each) => count + each.count(id), 0) : 0;
    let last = header.base;
    for (let entry = starts[slot]!; entry < end; entry++) {
      const position = run.positionOf(entry);
      if (position <= last || position > header.last) {
        return `The index run ${path} does not have the positions of index ${id} in order.`;
      }
      last = position;
      if (isStream) version++;
      if (position >= context.segmentRecords.firstPosition) addPosting(sum, id, position, version);
      if (--untilTurn > 0) continue;
      untilTurn = postingsPerStep;
      progress.addBytes(stepBytes);
      yield undefined;
    }
  }
  return sum.value;
}
