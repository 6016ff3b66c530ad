/**
 * What no store that keeps JSON can beat: stringify into one block and write it once per tick; parse what is already in
 * memory. There is no index, no checksum, no head and no stream.
 */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { SizedOrder } from '../reference/order.ts';
import type { ReferenceCommit } from '../reference/reference-workload.ts';
import type { Appender, Contender, Reader } from './contender.ts';

const NEWLINE = 10;
const BLOCK_BYTES = 4 * 1024 * 1024;

export const limitJson: Contender = {
  name: 'limit-json',
  title: 'limit: JSON',
  kind: 'limit',
  workloads: ['append', 'scan'],
  create: (directory) => Promise.resolve(new JsonLinesWriter(linesPath(directory))),
  open: (directory) => Promise.resolve(new JsonLinesDecoder(linesPath(directory))),
};

function linesPath(directory: string): string {
  return join(directory, 'events.jsonl');
}

class JsonLinesWriter implements Appender {
  readonly #fd: number;
  readonly #block = Buffer.allocUnsafeSlow(BLOCK_BYTES);

  constructor(path: string) {
    this.#fd = openSync(path, 'wx');
  }

  appendTick(commits: readonly ReferenceCommit[]): void {
    const block = this.#block;
    let end = 0;
    for (const { orders } of commits) {
      for (const order of orders) {
        end += block.write(JSON.stringify(order), end);
        block[end++] = NEWLINE;
      }
    }
    writeSync(this.#fd, block, 0, end);
  }

  flushed(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    closeSync(this.#fd);
    return Promise.resolve();
  }
}

class JsonLinesDecoder implements Reader {
  readonly #bytes: Buffer;
  /** Where each line ends, found before the clock starts. */
  readonly #ends: number[] = [];

  constructor(path: string) {
    this.#bytes = readFileSync(path);
    let end = this.#bytes.indexOf(NEWLINE);
    while (end !== -1) {
      this.#ends.push(end);
      end = this.#bytes.indexOf(NEWLINE, end + 1);
    }
  }

  scan(visit: (order: SizedOrder) => void): void {
    let start = 0;
    for (const end of this.#ends) {
      visit(JSON.parse(this.#bytes.toString('utf8', start, end)) as SizedOrder);
      start = end + 1;
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
