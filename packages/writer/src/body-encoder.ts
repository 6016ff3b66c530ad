/**
 * Encodes the events of a commit before anything else is done with it: a commit that cannot be serialized is refused before the
 * store has taken in anything of it.
 */
import { VarveError } from '@varve/core';
import { type Codec, isPromise, messageOf, type UpcasterChains } from '@varve/core/internal';
import type { FrameBody } from './writable-partition.ts';

const noBytes: Uint8Array = new Uint8Array(0);
const minScratchBytes = 65_536;

export class BodyEncoder {
  private readonly codec: Codec;
  private readonly upcasters: UpcasterChains | undefined;
  /** Where the payloads of a commit of several events are joined. */
  private scratch = noBytes;
  private readonly body = {
    metadata: noBytes,
    bytes: noBytes,
    start: 0,
    end: 0,
    payloadLengths: new Array<number>(),
    uncompressedBytes: 0,
  };

  constructor(codec: Codec, upcasters: UpcasterChains | undefined) {
    this.codec = codec;
    this.upcasters = upcasters;
  }

  /** The encoded commit; valid until the next call. Throws `SERIALIZATION` or `INVALID_EVENT`. */
  encode(stream: string, events: readonly unknown[], given: object | undefined): FrameBody {
    const { body, upcasters } = this;
    const metadata = upcasters === undefined ? given : upcasters.stamp(events, given);
    body.metadata = metadata === undefined ? noBytes : this.encodeMetadata(stream, metadata);
    const { payloadLengths } = body;
    // Keeps its length from commit to commit: emptying the array would make the next number allocate memory again.
    if (payloadLengths.length !== events.length) payloadLengths.length = events.length;
    if (events.length === 1) {
      // A single event, as most commits have, stays where the codec put it and is copied once, into the frame.
      this.encodeEvent(stream, events[0]);
      body.bytes = this.codec.encoded.bytes;
      body.start = this.codec.encoded.start;
      body.end = this.codec.encoded.end;
      payloadLengths[0] = body.end - body.start;
      return body;
    }
    let end = 0;
    for (const [index, event] of events.entries()) {
      this.encodeEvent(stream, event);
      const { bytes, start, end: encodedEnd } = this.codec.encoded;
      const length = encodedEnd - start;
      this.makeRoom(end, length);
      this.scratch.set(bytes.subarray(start, encodedEnd), end);
      payloadLengths[index] = length;
      end += length;
    }
    body.bytes = this.scratch;
    body.start = 0;
    body.end = end;
    return body;
  }

  private encodeEvent(stream: string, event: unknown): void {
    if (typeof event !== 'object' || event === null || isPromise(event)) {
      throw new VarveError('INVALID_EVENT', `An event for stream ${JSON.stringify(stream)} is ${kindOf(event)}.`, {
        stream,
        found: event,
        expected: 'an object',
        hint: 'Commit objects, such as { type: "OrderPlaced", orderId: 7 }; await what a function promises.',
      });
    }
    try {
      this.codec.encode(event);
    } catch (error) {
      throw notSerializable('An event', stream, error);
    }
  }

  private encodeMetadata(stream: string, metadata: object): Uint8Array {
    try {
      this.codec.encode(metadata);
    } catch (error) {
      throw notSerializable('The metadata of a commit', stream, error);
    }
    const { bytes, start, end } = this.codec.encoded;
    // A copy, not a view of the Buffer: the codec reuses its memory for the events.
    return new Uint8Array(bytes.subarray(start, end));
  }

  private makeRoom(used: number, length: number): void {
    if (used + length <= this.scratch.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(used + length, this.scratch.length * 2, minScratchBytes));
    larger.set(this.scratch.subarray(0, used));
    this.scratch = larger;
  }
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return isPromise(value) ? 'a promise' : `a ${typeof value}`;
}

/** The error for something to be committed that the codec, or code of its own (`toJSON`), failed to serialize. */
export function notSerializable(what: string, stream: string, cause: unknown): VarveError {
  return new VarveError(
    'SERIALIZATION',
    `${what} for stream ${JSON.stringify(stream)} cannot be serialized: ${messageOf(cause)}.`,
    { stream, cause, hint: 'Nothing was committed. Commit plain data without cycles, functions and symbols.' },
  );
}
