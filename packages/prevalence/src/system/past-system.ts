/** A prevalent system at an earlier position of the store or at an earlier time. It can be read like the present one. */
import { type ReadableEventStore, VarveError } from '@varve/core';
import { isJournalEvent } from '../journal/journal-event.ts';
import type { ModelDefinition } from '../model/model-types.ts';
import { ReadableSystem } from './readable-system.ts';
import { RestoredModel } from './restored-model.ts';
import type { CheckedSystem, QueryMap } from './system-definition.ts';

/** A moment of the past: the model contains the commands up to it. */
export type Moment =
  | {
      /** A position in the store. */
      readonly position: number;
    }
  | {
      /** A time: a date, or milliseconds since 1970. */
      readonly time: number | Date;
    };

/** The model as it was at a moment, for queries; `at` of a definition creates it. */
export class PastSystem<
  Definition extends ModelDefinition,
  Queries extends QueryMap<Definition>,
> extends ReadableSystem<Definition, Queries> {
  private readonly restored: RestoredModel;

  private constructor(restored: RestoredModel, store: ReadableEventStore) {
    super(restored.system, restored.model, store);
    this.restored = restored;
  }

  /** @internal */
  static async restore<Definition extends ModelDefinition, Queries extends QueryMap<Definition>>(
    system: CheckedSystem,
    store: ReadableEventStore,
    moment: Moment,
  ): Promise<PastSystem<Definition, Queries>> {
    const upTo = versionAt(store, system.stream, moment);
    const restored = new RestoredModel(system, { wantsCommands: () => false, command: () => undefined });
    await restored.restore(store, upTo);
    restored.serve();
    return new PastSystem<Definition, Queries>(restored, store);
  }

  get position(): number {
    return this.restored.position;
  }

  /** When the last command in the model was executed, in milliseconds since 1970; 0 when there is none. */
  get time(): number {
    return Math.floor(this.restored.timeUs / 1000);
  }
}

/** The number of events in the journal up to a moment. */
function versionAt(store: ReadableEventStore, stream: string, moment: Moment): number {
  if ('position' in moment && Number.isSafeInteger(moment.position) && moment.position >= 0) {
    return store.getEventStream(stream).untilPosition(moment.position).length;
  }
  const time = 'time' in moment ? Number(moment.time) : NaN;
  if (Number.isNaN(time)) throw notAMoment(moment);
  return versionAtTime(store, stream, (Math.floor(time) + 1) * 1000);
}

/** Times ascend along the journal, so binary search finds the last event before a time. */
function versionAtTime(store: ReadableEventStore, stream: string, beforeUs: number): number {
  let low = 0;
  let high = store.getStreamVersion(stream) as number;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const [payload] = store.getEventStream<unknown>(stream, middle, middle).events;
    if (isJournalEvent(payload) && payload.time < beforeUs) low = middle;
    else high = middle - 1;
  }
  return low;
}

function notAMoment(found: unknown): VarveError {
  return new VarveError('INVALID_OPTION', 'A moment of the past is a position or a time.', {
    found,
    expected: '{ position: 7 }, { time: new Date() } or { time: milliseconds }',
    hint: 'Give the position in the store, or the time, that the model is to be of.',
  });
}
