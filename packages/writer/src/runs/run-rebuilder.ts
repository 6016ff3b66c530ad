/**
 * Rebuilds index runs from frames, in bounded memory: after every `eventsPerRun` events a run is written, and runs are merged
 * as they come. Until all of them are complete they have temporary names, under which nobody uses them.
 *
 * Invariant: nothing that exists is touched before `putInPlace`; after each of its steps the runs in the folder, in whatever
 * mixture of old and new ones, have the same contents.
 */
import {
  encodeRun,
  fileNames,
  type FrameView,
  IndexRun,
  type StoreContext,
  Postings,
  replaceFile,
  type RunName,
  runPath,
  temporarySuffix,
} from '@varve/core/internal';
import { chooseMerge } from './merge-policy.ts';
import { mergeRuns } from './merge-runs.ts';

export class RunRebuilder {
  private readonly context: StoreContext;
  private readonly eventsPerRun: number;
  private readonly directory: string;
  private made: RunName[] = [];
  private postings: Postings;
  private epoch = 0;

  /** Begins after the position `after`, the last one covered by runs that are kept. */
  constructor(context: StoreContext, after: number, eventsPerRun: number) {
    this.context = context;
    this.eventsPerRun = eventsPerRun;
    this.directory = `${context.indexDirectory}/${fileNames.indexes}`;
    this.postings = new Postings(after);
  }

  /** Adds the next frame. */
  take(frame: FrameView): void {
    const { postings } = this;
    const { position, lastPosition, streamId } = frame;
    for (let event = position; event <= lastPosition; event++) postings.add(streamId, event);
    frame.forEachLink((event, indexId) => postings.add(indexId, position + event));
    postings.coverTo(lastPosition);
    this.epoch = frame.epoch;
    if (frame.endsCommit && lastPosition - postings.base >= this.eventsPerRun) this.write();
  }

  /** Durably gives the new runs their names, and opens them; also returns the postings after them. */
  putInPlace(): { readonly runs: readonly IndexRun[]; readonly tail: Postings } {
    const { fileSystem, indexDirectory, cache, seed } = this.context;
    for (const name of this.made) fileSystem.rename(this.temporaryPath(name), runPath(indexDirectory, name));
    if (this.made.length > 0) fileSystem.syncDirectory(this.directory);
    const paths = this.made.map((name) => runPath(indexDirectory, name));
    this.made = [];
    const runs: IndexRun[] = [];
    try {
      for (const path of paths) runs.push(new IndexRun({ fileSystem, cache, seed }, path));
    } catch (error) {
      for (const run of runs) run.close();
      throw error;
    }
    return { runs, tail: this.postings };
  }

  /** Removes the runs that do not have their own names yet, because something failed. */
  discard(): void {
    for (const name of this.made) this.context.fileSystem.remove(this.temporaryPath(name));
    this.made = [];
  }

  private write(): void {
    const { fileSystem, indexDirectory, seed } = this.context;
    const contents = this.postings.toRun(this.epoch);
    fileSystem.makeDirectory(this.directory);
    fileSystem.syncDirectory(indexDirectory);
    replaceFile(fileSystem, this.temporaryPath(contents), encodeRun(contents, seed), { isDurable: true });
    this.made.push({ base: contents.base, last: contents.last, onlyIndex: 0 });
    this.postings = new Postings(contents.last);
    this.merge();
  }

  private merge(): void {
    const { fileSystem, seed } = this.context;
    for (;;) {
      const group = chooseMerge(this.made, this.eventsPerRun);
      if (group.length === 0) return;
      const merged: RunName = { base: group[0]!.base, last: group.at(-1)!.last, onlyIndex: 0 };
      const inputs = group.map((name) => this.temporaryPath(name));
      mergeRuns(fileSystem, { inputs, output: this.temporaryPath(merged), directory: this.directory, seed });
      this.made.splice(this.made.indexOf(group[0]!), group.length, merged);
      for (const path of inputs) fileSystem.remove(path);
    }
  }

  /** Differs from the names that a thread uses: it may be merging runs of the same range. */
  private temporaryPath(name: RunName): string {
    return `${runPath(this.context.indexDirectory, name)}.reindex${temporarySuffix}`;
  }
}
