/**
 * Events as lines of JSON, for files, sockets and `jq`. What the store keeps as JSON is passed through as bytes, and what
 * msgpackr wrote becomes JSON without being decoded, except for rare kinds of values. Reads on only while the reader of
 * the lines keeps up.
 */
import { Readable } from 'node:stream';
import { type OptionRule, optionRules } from '../option-rules.ts';
import type { EventReader } from '../storage/event-reader.ts';
import { EventCursor, eventsPerTurn, type EventSelection } from './event-cursor.ts';

export interface NdjsonOptions {
  /**
   * Whether a line is `{"stream":...,"payload":...,"metadata":{...}}` instead of the payload alone. @default false
   */
  readonly metadata?: boolean;
}

export const ndjsonRules: Readonly<Record<keyof NdjsonOptions, OptionRule>> = { metadata: optionRules.boolean };

/** Bytes of lines that are passed on at once. */
const chunkBytes = 65_536;
const lineFeed = 0x0a;

export function ndjsonOf(selection: EventSelection, { metadata = false }: NdjsonOptions): Readable {
  const writeEvent = metadata ? writeWithMetadata : writePayload;
  let cursor: EventCursor | undefined;
  const readable = new Readable({ highWaterMark: chunkBytes, read: () => pushChunk() });

  function pushChunk(): void {
    try {
      cursor ??= new EventCursor(selection);
      const lines = new LineBuffer();
      let found: ReturnType<EventCursor['tryAdvance']> = 'event';
      while (lines.sizeBytes < chunkBytes && found === 'event') {
        found = cursor.tryAdvance(eventsPerTurn);
        if (found === 'event') writeEvent(cursor.reader, lines);
      }
      if (lines.sizeBytes > 0) readable.push(lines.bytes);
      if (found === 'end') readable.push(null);
      // Nothing found, but there may be more: go on after other work had a turn, because without a push nobody asks
      // again.
      else if (lines.sizeBytes === 0) setImmediate(() => readable.destroyed || pushChunk());
    } catch (error) {
      readable.destroy(error as Error);
    }
  }

  return readable;
}

function writePayload(reader: EventReader, lines: LineBuffer): void {
  lines.add(reader.payloadJson());
  lines.endLine();
}

function writeWithMetadata(reader: EventReader, lines: LineBuffer): void {
  lines.add(Buffer.from(`{"stream":${JSON.stringify(reader.stream())},"payload":`));
  lines.add(reader.payloadJson());
  lines.add(Buffer.from(`,"metadata":${reader.metadataJson()}}`));
  lines.endLine();
}

/** A buffer that grows as needed, also for a line that is larger than a chunk. */
class LineBuffer {
  private buffer = Buffer.allocUnsafe(chunkBytes + chunkBytes / 4);
  private end = 0;

  get sizeBytes(): number {
    return this.end;
  }

  get bytes(): Uint8Array {
    return this.buffer.subarray(0, this.end);
  }

  add(bytes: Uint8Array): void {
    const needed = this.end + bytes.length + 1;
    if (needed > this.buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.buffer.length * 2));
      larger.set(this.bytes);
      this.buffer = larger;
    }
    this.buffer.set(bytes, this.end);
    this.end += bytes.length;
  }

  endLine(): void {
    this.buffer[this.end++] = lineFeed;
  }
}
