/**
 * LevelDB through classic-level: keys are big-endian numbers, so that numeric order is byte order; values are msgpackr
 * records. Each commit is a batch of its own, and all batches of a tick are in flight together, as its documentation
 * describes. The write buffer is the 64 MB that the documentation advises for bulk loads, and the cache holds the
 * store. Reads fetch a thousand entries at a time with `nextv`; stream reads fetch the events of a thousand entries
 * with `getMany`. Only one process can open it at a time.
 */
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { Packr } from 'msgpackr';
import type { SizedOrder } from '../reference/order.ts';
import type { ReferenceCommit } from '../reference/reference-workload.ts';
import type { Appender, Contender, Reader } from './contender.ts';
import { versionOf } from './version-of.ts';

const PAGE = 1000;
const MEGABYTE = 1024 * 1024;
const EVENT = 'e';
const STREAM = 's';

type Level = ClassicLevel<Buffer, Buffer>;
type Visit = (order: SizedOrder) => void;

export const classicLevel: Contender = {
  name: 'classic-level',
  title: `classic-level ${versionOf('classic-level')}`,
  kind: 'store',
  workloads: ['append', 'open', 'scan', 'scan-backward', 'read-streams', 'random', 'durable-1', 'durable-64'],
  async create(directory) {
    return new LevelAppender(await openLevel(directory), { sync: false });
  },
  async open(directory) {
    return new LevelReader(await openLevel(directory));
  },
  async createDurable(directory) {
    const appender = new LevelAppender(await openLevel(directory), { sync: true });
    return { commit: (commit) => appender.append(commit), close: () => appender.close() };
  },
  async reopen(directory) {
    const level = await openLevel(directory);
    const [last] = await level.keys({ gte: eventKey(0), lt: eventKey(2 ** 32 - 1), reverse: true, limit: 1 }).all();
    return { position: last?.readUInt32BE(1) ?? 0, close: () => level.close() };
  },
};

async function openLevel(directory: string): Promise<Level> {
  const level: Level = new ClassicLevel(join(directory, 'level'), {
    keyEncoding: 'buffer',
    valueEncoding: 'buffer',
    writeBufferSize: 64 * MEGABYTE,
    cacheSize: 64 * MEGABYTE,
  });
  await level.open();
  return level;
}

function eventKey(position: number): Buffer {
  const key = Buffer.allocUnsafe(5);
  key.write(EVENT, 'latin1');
  key.writeUInt32BE(position, 1);
  return key;
}

/** The name, a zero byte (which no name contains), and the version: this keeps the versions of a stream next to each other. */
function streamKey(stream: string, version: number): Buffer {
  const nameBytes = Buffer.byteLength(stream);
  const key = Buffer.alloc(nameBytes + 6);
  key.write(STREAM, 'latin1');
  key.write(stream, 1);
  key.writeUInt32BE(version, nameBytes + 2);
  return key;
}

class LevelAppender implements Appender {
  readonly #level: Level;
  readonly #sync: boolean;
  readonly #packr = new Packr();
  readonly #versions = new Map<string, number>();
  readonly #underWay = new Set<Promise<void>>();
  #position = 0;

  constructor(level: Level, { sync }: { sync: boolean }) {
    this.#level = level;
    this.#sync = sync;
  }

  appendTick(commits: readonly ReferenceCommit[]): void {
    for (const commit of commits) {
      const written = this.append(commit);
      this.#underWay.add(written);
      void written.then(() => this.#underWay.delete(written));
    }
  }

  append({ stream, orders }: ReferenceCommit): Promise<void> {
    const committedAt = Date.now();
    let version = this.#versions.get(stream) ?? 0;
    const puts = orders.flatMap((order) => {
      const key = eventKey(++this.#position);
      const event = { stream, version: ++version, committedAt, order };
      return [
        { type: 'put', key, value: this.#packr.pack(event) } as const,
        { type: 'put', key: streamKey(stream, version), value: key } as const,
      ];
    });
    this.#versions.set(stream, version);
    return this.#level.batch(puts, { sync: this.#sync });
  }

  async flushed(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  async close(): Promise<void> {
    await this.#level.close();
  }
}

class LevelReader implements Reader {
  readonly #level: Level;
  readonly #packr = new Packr();

  constructor(level: Level) {
    this.#level = level;
  }

  scan(visit: Visit): Promise<void> {
    return this.#range(false, visit);
  }

  scanBackward(visit: Visit): Promise<void> {
    return this.#range(true, visit);
  }

  async readStream(stream: string, visit: Visit): Promise<void> {
    const range = { gt: streamKey(stream, 0), lte: streamKey(stream, 2 ** 32 - 1) };
    const iterator = this.#level.values({ ...range, highWaterMarkBytes: MEGABYTE });
    for (;;) {
      const keys = await iterator.nextv(PAGE);
      if (keys.length === 0) break;
      for (const bytes of await this.#level.getMany(keys)) visit(this.#orderIn(bytes));
    }
    await iterator.close();
  }

  async readOne(position: number): Promise<SizedOrder> {
    return this.#orderIn(await this.#level.get(eventKey(position)));
  }

  async #range(reverse: boolean, visit: Visit): Promise<void> {
    const range = { gte: eventKey(0), lte: eventKey(2 ** 32 - 1), reverse };
    const iterator = this.#level.values({ ...range, highWaterMarkBytes: MEGABYTE });
    for (;;) {
      const values = await iterator.nextv(PAGE);
      if (values.length === 0) break;
      for (const bytes of values) visit(this.#orderIn(bytes));
    }
    await iterator.close();
  }

  #orderIn(bytes: Buffer | undefined): SizedOrder {
    if (!bytes) throw new Error('classic-level has not found an event');
    return (this.#packr.unpack(bytes) as { readonly order: SizedOrder }).order;
  }

  async close(): Promise<void> {
    await this.#level.close();
  }
}
