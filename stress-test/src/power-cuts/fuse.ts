/**
 * The part of the FUSE protocol (linux/fuse.h, version 7.31) that one file of a fixed size needs: the kernel sends requests
 * through /dev/fuse, and each is answered at once. Fields are those of a little-endian machine.
 */
import fs from 'node:fs';

/** What the file does; when it throws, the answer is EIO. */
export interface FuseFile {
  readonly sizeBytes: number;
  read(target: Uint8Array, position: number): void;
  write(bytes: Uint8Array, position: number): void;
  sync(): void;
}

const opcode = {
  forget: 2,
  getattr: 3,
  setattr: 4,
  open: 14,
  read: 15,
  write: 16,
  release: 18,
  fsync: 20,
  flush: 25,
  init: 26,
  interrupt: 36,
  destroy: 38,
  batchForget: 42,
} as const;
const errno = { io: -5, notImplemented: -38 } as const;
const inHeaderBytes = 40;
const outHeaderBytes = 16;
const regularFile = 0o100_600;
const rootNode = 1n;
const attributesValidS = 3600n;
const maxWriteBytes = 128 * 1024;
/** FUSE_BIG_WRITES, FUSE_MAX_PAGES: writes of more than a page. */
const capabilities = (1 << 5) | (1 << 22);

export class FuseConnection {
  private readonly descriptor: number;
  private readonly file: FuseFile;
  private readonly request = new ArrayBuffer(maxWriteBytes + 4096);
  private readonly words = new Uint32Array(this.request);
  private readonly longs = new BigUint64Array(this.request);

  constructor(descriptor: number, file: FuseFile) {
    this.descriptor = descriptor;
    this.file = file;
  }

  /** Answers requests until the file is unmounted. */
  serve(): void {
    for (;;) {
      try {
        fs.readSync(this.descriptor, new Uint8Array(this.request));
      } catch (error) {
        const { code } = error as { code?: string };
        if (code === 'ENODEV') return;
        if (code === 'EINTR' || code === 'EAGAIN' || code === 'ENOENT') continue;
        throw error;
      }
      const kind = this.words[1]!;
      if (kind === opcode.forget || kind === opcode.batchForget || kind === opcode.interrupt) continue;
      this.answer(kind);
    }
  }

  private answer(kind: number): void {
    const unique = this.longs[1]!;
    try {
      this.reply(unique, 0, this.perform(kind));
    } catch (error) {
      this.reply(unique, error instanceof NotImplemented ? errno.notImplemented : errno.io, new Uint8Array());
    }
  }

  private perform(kind: number): Uint8Array {
    const { file, longs, words } = this;
    const position = Number(longs[inHeaderBytes / 8 + 1]!);
    const length = words[inHeaderBytes / 4 + 4]!;
    switch (kind) {
      case opcode.init:
        return this.init();
      case opcode.getattr:
      case opcode.setattr:
        return this.attributes();
      case opcode.open:
        return new Uint8Array(16);
      case opcode.read: {
        const bytes = new Uint8Array(Math.max(0, Math.min(length, file.sizeBytes - position)));
        file.read(bytes, position);
        return bytes;
      }
      case opcode.write:
        file.write(new Uint8Array(this.request, inHeaderBytes + 40, length), position);
        return new Uint8Array(new Uint32Array([length, 0]).buffer);
      case opcode.fsync:
        file.sync();
        return new Uint8Array();
      case opcode.flush:
      case opcode.release:
      case opcode.destroy:
        return new Uint8Array();
      default:
        throw new NotImplemented();
    }
  }

  private init(): Uint8Array {
    const pages = maxWriteBytes / 4096;
    // major, minor, max_readahead, flags, max_background | congestion_threshold, max_write, time_gran, max_pages.
    const answer = new Uint32Array(16);
    answer.set([7, 31, 0, capabilities, 16 | (12 << 16), maxWriteBytes, 1, pages]);
    return new Uint8Array(answer.buffer);
  }

  private attributes(): Uint8Array {
    const answer = new ArrayBuffer(104);
    const longs = new BigUint64Array(answer);
    // attr_valid, attr_valid_nsec, then ino, size, blocks, three times in seconds and three in nanoseconds.
    longs.set([attributesValidS, 0n, rootNode, BigInt(this.file.sizeBytes), BigInt(this.file.sizeBytes / 512)]);
    // mode, nlink.
    new Uint32Array(answer).set([regularFile, 1], 19);
    return new Uint8Array(answer);
  }

  private reply(unique: bigint, error: number, payload: Uint8Array): void {
    const bytes = new Uint8Array(outHeaderBytes + payload.length);
    new Int32Array(bytes.buffer, 0, 2).set([bytes.length, error]);
    new BigUint64Array(bytes.buffer, 8, 1).set([unique]);
    bytes.set(payload, outHeaderBytes);
    try {
      fs.writeSync(this.descriptor, bytes);
    } catch (cause) {
      // The kernel has given the request up meanwhile.
      if ((cause as { code?: string }).code !== 'ENOENT') throw cause;
    }
  }
}

class NotImplemented extends Error {}
