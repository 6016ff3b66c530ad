/**
 * Exports everything that is intact in a store, however damaged the rest is: as documents, or as lines of JSON. It needs
 * `store.json` and the segments, and the catalog for names and keys; nothing else. It reports the positions that it could not
 * export.
 */
import { Readable } from 'node:stream';
import { createCodec, type SerializerOption } from '../codec/codec.ts';
import { createCompressor } from '../codec/compressor.ts';
import { jsonTextOf } from '../codec/json-text.ts';
import { withoutStop } from '../error-data.ts';
import { messageOf, VarveError } from '../errors.ts';
import { fileNames } from '../format/file-names.ts';
import type { FrameView } from '../format/frame.ts';
import type { FileSystem } from '../file-system/file-system.ts';
import { nodeFileSystem } from '../file-system/node-file-system.ts';
import { type EventMetadata, mergeMetadata, ownMetadata } from '../storage/event-metadata.ts';
import type { StoredEvent } from '../storage/event-reader.ts';
import { checkOptions, type OptionRule, optionRules, withoutUndefined } from '../option-rules.ts';
import { describeStore, type StoreSurvey, surveyStore } from '../verify/store-survey.ts';
import { FramesPastDamage } from './frames-past-damage.ts';

export interface ExportGap {
  /** The positions, both included. */
  readonly from: number;
  readonly to: number;
  /** Either no intact frame has them, or one has them and cannot be decoded. */
  readonly reason: 'missing' | 'undecodable';
  readonly message: string;
}

export interface ExportOptions {
  /** The first position; dropped events are left out. @default 1 */
  readonly from?: number;
  /** The last position. @default the last that is visible */
  readonly to?: number;
  /** Called with each gap as it is found. */
  readonly onGap?: (gap: ExportGap) => void;
  /** Ends the export with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Only for a store with a custom serializer. */
  readonly serializer?: SerializerOption;
  /** As for readers: only where the files are at other paths than when the store was created. */
  readonly dataDirectory?: string;
  readonly indexDirectory?: string;
  readonly archiveDirectory?: string;
  /** The file system to read from. Tests pass a simulated disk. */
  readonly fileSystem?: FileSystem;
}

export const exportRules: Readonly<Record<keyof ExportOptions, OptionRule>> = {
  from: optionRules.positiveInteger,
  to: optionRules.positiveInteger,
  onGap: optionRules.callback,
  signal: { description: 'an AbortSignal', accepts: (value) => value instanceof AbortSignal },
  serializer: { description: 'a serializer', accepts: () => true },
  dataDirectory: optionRules.path,
  indexDirectory: optionRules.path,
  archiveDirectory: optionRules.path,
  fileSystem: optionRules.object,
};

/** The most gaps that are kept; further ones are counted and passed to `onGap`. */
const maxGaps = 10_000;
/** Frames that are handled before other work gets a turn. */
const framesPerTurn = 512;

/** The undamaged events of the store in the folder `directory`; nothing is read before they are requested. */
export function exportEvents(directory: string, options: ExportOptions = {}): EventExport {
  checkOptions({ directory }, { directory: optionRules.path });
  checkOptions(options, exportRules);
  return new EventExport(directory, options);
}

export class EventExport implements AsyncIterable<StoredEvent> {
  private readonly directory: string;
  private readonly options: ExportOptions;
  private readonly found: ExportGap[] = [];
  private count = 0;
  private events = 0;
  /** The current gap, which may continue. */
  private open: ExportGap | undefined;

  constructor(directory: string, options: ExportOptions) {
    this.directory = directory;
    this.options = options;
  }

  /** The gaps of the last export, as far as it has come; at most 10,000. */
  get gaps(): readonly ExportGap[] {
    return this.found;
  }

  get gapCount(): number {
    return this.count;
  }

  /** Events exported so far. */
  get eventCount(): number {
    return this.events;
  }

  /** Lines of JSON, each `{"stream":...,"payload":...,"metadata":{...}}`. */
  ndjson(): Readable {
    const lines = async function* (events: AsyncIterable<StoredEvent>): AsyncGenerator<string> {
      for await (const { stream, payload, metadata } of events) {
        yield `{"stream":${JSON.stringify(stream)},"payload":${jsonTextOf(payload)},"metadata":${jsonTextOf(metadata)}}\n`;
      }
    };
    return Readable.from(lines(this), { objectMode: false });
  }

  /** Throws `STORE_MISSING`, `NOT_A_STORE` when `store.json` is damaged, and `INVALID_OPTION`. */
  async *[Symbol.asyncIterator](): AsyncGenerator<StoredEvent, void, undefined> {
    const { from = 1, to = Infinity, signal } = this.options;
    this.found.length = 0;
    this.count = 0;
    this.events = 0;
    this.open = undefined;
    const names = new Map<number, string>();
    const survey = this.survey(names);
    const { firstPosition } = survey.files.context.segmentRecords;
    const decoder = new FrameDecoder(survey, names, this.options.serializer);
    const last = Math.min(to, survey.promised);
    let reached = Math.max(from, firstPosition) - 1;
    const frames = new FramesPastDamage(survey.files, survey.partitions, reached);
    try {
      for (let turn = 1; ; turn++) {
        signal?.throwIfAborted();
        const next = frames.next();
        const first = next?.position ?? Infinity;
        if (first > reached + 1 && reached < last) this.gap(reached + 1, Math.min(first - 1, last));
        if (next === undefined || first > last) return this.endGap();
        const { events, gap } = decoder.decode(next, Math.max(reached + 1, first), Math.min(next.lastPosition, last));
        reached = next.lastPosition;
        frames.release();
        if (events.length > 0) this.endGap();
        if (gap !== undefined) this.extendGap(gap);
        this.events += events.length;
        yield* events;
        if (turn % framesPerTurn === 0) await new Promise<void>((resolve) => setImmediate(resolve));
      }
    } finally {
      survey.files.context.pool.closeAll();
    }
  }

  private survey(names: Map<number, string>): StoreSurvey {
    const { directory, options } = this;
    const { fileSystem = nodeFileSystem } = options;
    const description = describeStore(fileSystem, directory);
    if (typeof description === 'string') {
      throw new VarveError('NOT_A_STORE', `${withoutStop(description)}.`, {
        path: `${directory}/${fileNames.store}`,
        hint: 'Restore the file from a copy of the store: without it, nobody can tell how events are encoded.',
      });
    }
    const onStream = (id: number, name: string): unknown => names.set(id, name);
    return surveyStore(directory, description, { ...withoutUndefined(options), fileSystem, onStream });
  }

  private gap(from: number, to: number): void {
    const which = from === to ? `position ${from}` : `the positions ${from} to ${to}`;
    this.extendGap({ from, to, reason: 'missing', message: `No whole frame has ${which}.` });
  }

  /** Adjacent gaps with the same reason are one gap. */
  private extendGap(gap: ExportGap): void {
    const { open } = this;
    if (open !== undefined && open.reason === gap.reason && open.to + 1 === gap.from) {
      this.open = { ...open, to: gap.to };
      return;
    }
    this.endGap();
    this.open = gap;
  }

  private endGap(): void {
    const { open } = this;
    this.open = undefined;
    if (open === undefined) return;
    this.count++;
    if (this.found.length < maxGaps) this.found.push(open);
    this.options.onGap?.(open);
  }
}

/** Decodes frames to documents. */
class FrameDecoder {
  private readonly names: ReadonlyMap<number, string>;
  private readonly codec: ReturnType<typeof createCodec>;
  private readonly compressor: ReturnType<typeof createCompressor>;
  private readonly prefix: string;

  constructor({ store, catalog }: StoreSurvey, names: ReadonlyMap<number, string>, serializer?: SerializerOption) {
    const { description, directory } = store;
    const registry = { load: () => catalog.structures, add: () => undefined };
    this.codec = createCodec(description.codec, serializer, registry, directory);
    this.compressor = createCompressor(description.compression, directory);
    this.prefix = `${description.id.slice(0, 12)}-`;
    this.names = names;
  }

  /** The events with positions `from` to `to`; those that cannot be decoded are a gap. */
  decode(view: FrameView, from: number, to: number): { readonly events: StoredEvent[]; readonly gap?: ExportGap } {
    const events: StoredEvent[] = [];
    // Where the catalog has lost the name, the id distinguishes the stream from others.
    const stream = this.names.get(view.streamId) ?? `#${view.streamId}`;
    try {
      if (view.isCompressed) view.takeBody(this.compressor!.decompress(view.compressedBody, view.bodyEnd));
      const given = this.givenMetadata(view);
      for (let position = from; position <= to; position++) {
        const event = position - view.position;
        const payload = this.codec.decode(view.body, view.payloadStart(event), view.payloadEnd(event));
        const metadata: EventMetadata = mergeMetadata(ownMetadata(view, event, this.prefix, stream), given);
        events.push({ stream, payload, metadata });
      }
      return { events };
    } catch (error) {
      const first = from + events.length;
      const message = `The events of the frame at position ${view.position} cannot be decoded: ${messageOf(error)}.`;
      return { events, gap: { from: first, to, reason: 'undecodable', message } };
    }
  }

  private givenMetadata(view: FrameView): object | undefined {
    if (view.metadataStart === view.metadataEnd) return undefined;
    return this.codec.decode(view.body, view.metadataStart, view.metadataEnd) as object;
  }
}
