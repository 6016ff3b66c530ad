/**
 * The custom serializers of the founding documents, as they stand there; only the imports differ. `lz4` itself builds
 * native code when it is installed, so its place is taken by the frame format of `lz4-napi`.
 */
import { decode, encode } from '@msgpack/msgpack';
import { compressFrameSync, decompressFrameSync } from 'lz4-napi';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EventStore } from '../src/index.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const lz4 = {
  encode: compressFrameSync,
  // `JSON.parse` makes a string of the bytes that it gets; its types ask for one.
  decode: (bytes: Buffer) => decompressFrameSync(bytes) as unknown as string,
};

const order = { type: 'OrderPlaced', orderId: 'größe-7', lines: [{ sku: 'a', quantity: 2 }], paid: true };

describe('a custom serializer', () => {
  const home = process.cwd();
  // The samples store under './data'.
  beforeEach(() => process.chdir(temporaryDirectory()));
  afterEach(() => process.chdir(home));

  async function proves(eventstore: EventStore, serializer: 'msgpack' | 'lz4'): Promise<void> {
    eventstore.commit('orders', order, { user: serializer });
    eventstore.commit(
      'orders',
      Array.from({ length: 50 }, () => order),
    );
    await eventstore.close();
    expect(() => new EventStore('my-event-store', { storageDirectory: './data' })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    );
  }

  it('of @msgpack/msgpack', async () => {
    const open = (): EventStore => {
      const eventstore = new EventStore('my-event-store', {
        storageDirectory: './data',
        storageConfig: {
          serializer: {
            serialize: (doc) => {
              const encoded = encode(doc);
              return Buffer.from(encoded.buffer, encoded.byteOffset, encoded.byteLength).toString('binary');
            },
            deserialize: (string) => decode(Buffer.from(string, 'binary')),
          },
        },
      });
      return eventstore;
    };
    await proves(open(), 'msgpack');
    await using eventstore = open();
    expect(eventstore.readEvent(1)).toMatchObject({ payload: order, metadata: { user: 'msgpack' } });
    expect(eventstore.getEventStream('orders').events).toEqual(Array.from({ length: 51 }, () => order));
  });

  it('of lz4', async () => {
    const open = (): EventStore => {
      const eventstore = new EventStore('my-event-store', {
        storageDirectory: './data',
        storageConfig: {
          serializer: {
            serialize: (doc) => {
              return lz4.encode(Buffer.from(JSON.stringify(doc))).toString('binary');
            },
            deserialize: (string) => {
              return JSON.parse(lz4.decode(Buffer.from(string, 'binary'))) as unknown;
            },
          },
        },
      });
      return eventstore;
    };
    await proves(open(), 'lz4');
    await using eventstore = open();
    expect(eventstore.readEvent(1)).toMatchObject({ payload: order, metadata: { user: 'lz4' } });
    expect(eventstore.getEventStream('orders').events).toEqual(Array.from({ length: 51 }, () => order));
  });
});
