/**
 * Index runs, and files of commit ids, that cover dropped events are the only source of what they say: they cannot be rebuilt.
 * One that reaches past the end of what a repair leaves would no longer count, so its beginning is first written as a file of
 * its own.
 */
import { hasErrorCode } from '@varve/core';
import {
  checkCommitIdRun,
  commitIdEntryOffset,
  commitIdsFileName,
  encodeCommitIdRun,
  encodeRun,
  fileNames,
  IndexRun,
  readCommitIdEntry,
  readWholeFile,
  replaceFile,
  type RunName,
  runPath,
  type StoreSurvey,
  systemErrorCode,
} from '@varve/core/internal';
import { asDiskFull } from '../disk-full.ts';
import { refused } from './refused.ts';

interface CommitIdsName {
  readonly base: number;
  readonly last: number;
}

export class ShortenedIndexes {
  private readonly survey: StoreSurvey;
  private readonly runs: readonly RunName[];
  private readonly commitIds: readonly CommitIdsName[];

  /** Throws `REPAIR_REFUSED` when one of the files is damaged or missing: then what is left of it is of no use. */
  constructor(survey: StoreSurvey) {
    const { store, runs, backfills, files } = survey;
    const { firstPosition } = files.context.segmentRecords;
    const isKept = ({ base }: { readonly base: number }): boolean => base + 1 < firstPosition;
    this.survey = survey;
    this.runs = [...runs, ...backfills].filter(isKept);
    this.commitIds = store.commitIds.filter(isKept);
    for (const covering of [runs, store.commitIds]) {
      if ((covering.at(-1)?.last ?? 0) + 1 >= firstPosition) continue;
      throw refused(store.directory, 'an index of dropped events is missing, which cannot be made again');
    }
    for (const name of this.runs) this.assertWhole(name);
    for (const name of this.commitIds) this.readCommitIds(name);
  }

  /** Durably writes their entries for events up to `last`, in indexes below `nextId`. */
  write(last: number, nextId: number): void {
    for (const name of this.runs) if (name.last > last) this.writeRun(name, last, nextId);
    for (const name of this.commitIds) if (name.last > last) this.writeCommitIds(name, last);
  }

  private assertWhole(name: RunName): void {
    let run: IndexRun | undefined;
    try {
      run = this.open(name);
      run.verify();
    } catch (error) {
      if (!hasErrorCode(error, 'CORRUPTION') && systemErrorCode(error) !== 'ENOENT') throw error;
      throw this.damaged(runPath(this.survey.store.indexDirectory, name));
    } finally {
      run?.close();
    }
  }

  private writeRun(name: RunName, last: number, nextId: number): void {
    const run = this.open(name);
    const { base, entryCount, epoch, onlyIndex } = run.header;
    const { contents } = run;
    const [ids, starts]: [number[], number[]] = [[], []];
    // There may be hundreds of millions: more than a plain array can hold.
    const all = new Uint32Array(entryCount);
    let count = 0;
    for (const [slot, id] of contents.ids.entries()) {
      const start = count;
      const end = id < nextId ? (contents.starts[slot + 1] ?? entryCount) : 0;
      for (let entry = contents.starts[slot]!; entry < end; entry++) {
        const position = run.positionOf(entry);
        if (position > last) break;
        all[count++] = position - base;
      }
      if (count === start) continue;
      ids.push(id);
      starts.push(start);
    }
    run.close();
    const lists = { ids: Uint32Array.from(ids), starts: Uint32Array.from(starts), postings: all.subarray(0, count) };
    const { context } = this.survey.files;
    const bytes = encodeRun({ base, last, onlyIndex, epoch, ...lists }, context.seed);
    this.replace(runPath(context.indexDirectory, { base, last, onlyIndex }), bytes);
  }

  private writeCommitIds(name: CommitIdsName, last: number): void {
    const { seed } = this.survey.files.context;
    const { bytes, count } = this.readCommitIds(name);
    const entries = Array.from({ length: count }, (_, entry) => readCommitIdEntry(bytes, commitIdEntryOffset(entry)));
    const scope = { seed, base: name.base, last };
    const kept = encodeCommitIdRun(
      entries.filter(({ position }) => position <= last),
      scope,
    );
    this.replace(this.commitIdsPath({ base: name.base, last }), kept);
  }

  private readCommitIds(name: CommitIdsName): { readonly bytes: Uint8Array; readonly count: number } {
    const { fileSystem, seed } = this.survey.files.context;
    const path = this.commitIdsPath(name);
    const bytes = readWholeFile(fileSystem, path);
    const count = bytes === undefined ? undefined : checkCommitIdRun(bytes, { seed, ...name });
    if (bytes === undefined || count === undefined) throw this.damaged(path);
    return { bytes, count };
  }

  private open(name: RunName): IndexRun {
    const { context } = this.survey.files;
    return new IndexRun(context, runPath(context.indexDirectory, name));
  }

  private replace(path: string, bytes: Uint8Array): void {
    const directory = path.slice(0, path.lastIndexOf('/'));
    try {
      replaceFile(this.survey.files.context.fileSystem, path, bytes, { isDurable: true });
    } catch (error) {
      throw asDiskFull(error, directory);
    }
  }

  private commitIdsPath({ base, last }: CommitIdsName): string {
    return `${this.survey.store.indexDirectory}/${fileNames.commitIds}/${commitIdsFileName(base, last)}`;
  }

  private damaged(path: string): Error {
    return refused(
      this.survey.store.directory,
      `${path} is damaged, which covers dropped events and cannot be made again`,
    );
  }
}
