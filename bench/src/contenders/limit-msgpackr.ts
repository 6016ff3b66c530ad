/**
 * What no store that keeps msgpackr records can beat: pack into one block and write it once per tick; unpack what is
 * already in memory. There is no index, no checksum, no head and no stream.
 */
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Packr, RESET_BUFFER_MODE, REUSE_BUFFER_MODE, Unpackr } from 'msgpackr';
import type { SizedOrder } from '../reference/order.ts';
import type { ReferenceCommit } from '../reference/reference-workload.ts';
import type { Appender, Contender, Reader } from './contender.ts';

const BLOCK_BYTES = 4 * 1024 * 1024;

/** The mode in which msgpackr returns its own buffer with `start` and `end`, which saves creating a view for each event. */
const REUSE_BUFFER = REUSE_BUFFER_MODE | RESET_BUFFER_MODE;

/** Decodes event by event, as a store must that can address each of them. */
export const limitMsgpackr: Contender = {
  name: 'limit-msgpackr',
  title: 'limit: msgpackr',
  kind: 'limit',
  workloads: ['append', 'scan'],
  create: (directory) => Promise.resolve(new RecordsWriter(directory)),
  open: (directory) => Promise.resolve(new RecordsDecoder(directory, { wholeBlock: false })),
};

/** Decodes everything in one call, where msgpackr is fastest; a store could do so only with adjacent, unframed events. */
export const limitMsgpackrBlock: Contender = {
  ...limitMsgpackr,
  name: 'limit-msgpackr-block',
  title: 'limit: msgpackr, a block at once',
  workloads: ['scan'],
  open: (directory) => Promise.resolve(new RecordsDecoder(directory, { wholeBlock: true })),
};

function recordsPath(directory: string): string {
  return join(directory, 'events.msgpack');
}

function structuresPath(directory: string): string {
  return join(directory, 'structures.json');
}

class RecordsWriter implements Appender {
  readonly #fd: number;
  readonly #block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  readonly #structures: object[] = [];
  readonly #packr = new Packr({ structures: this.#structures });
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
    this.#fd = openSync(recordsPath(directory), 'wx');
  }

  appendTick(commits: readonly ReferenceCommit[]): void {
    const block = this.#block;
    let cursor = 0;
    for (const { orders } of commits) {
      for (const order of orders) {
        const packed = this.#packr.pack(order, REUSE_BUFFER) as Buffer & { start?: number; end?: number };
        // msgpackr returns the first event of a shape as a view of its own, without `start` and `end`.
        cursor += packed.copy(block, cursor, packed.start ?? 0, packed.end ?? packed.length);
      }
    }
    writeSync(this.#fd, block, 0, cursor);
  }

  flushed(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    closeSync(this.#fd);
    writeFileSync(structuresPath(this.#directory), JSON.stringify(this.#structures));
    return Promise.resolve();
  }
}

class RecordsDecoder implements Reader {
  readonly #bytes: Buffer;
  readonly #unpackr: Unpackr;
  readonly #wholeBlock: boolean;
  /** Where each event ends, found before the clock starts. */
  readonly #ends: number[] = [];

  constructor(directory: string, { wholeBlock }: { wholeBlock: boolean }) {
    this.#wholeBlock = wholeBlock;
    this.#bytes = readFileSync(recordsPath(directory));
    const structures = JSON.parse(readFileSync(structuresPath(directory), 'utf8')) as object[];
    this.#unpackr = new Unpackr({ structures });
    this.#unpackr.unpackMultiple(this.#bytes, (_value: unknown, _start?: number, end?: number) => {
      this.#ends.push(end!);
    });
  }

  scan(visit: (order: SizedOrder) => void): void {
    if (this.#wholeBlock) this.#scanAtOnce(visit);
    else this.#scanEventByEvent(visit);
  }

  #scanAtOnce(visit: (order: SizedOrder) => void): void {
    this.#unpackr.unpackMultiple(this.#bytes, (order: unknown) => {
      visit(order as SizedOrder);
    });
  }

  #scanEventByEvent(visit: (order: SizedOrder) => void): void {
    const range = { start: 0, end: 0 };
    for (const end of this.#ends) {
      range.end = end;
      visit(this.#unpackr.unpack(this.#bytes, range) as SizedOrder);
      range.start = end;
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
