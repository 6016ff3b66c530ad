import { viewOf } from './checksum.ts';

/** A structure, and its keys as JSON writes them before their values. */
export class JsonShape {
  /**
   * False with the key `__proto__`, which would set the prototype instead of a property: such records are left to
   * msgpackr.
   */
  readonly isSafe: boolean;
  private readonly keys: readonly string[];
  private knownNames: readonly JsonName[] | undefined;

  constructor(keys: readonly string[]) {
    this.keys = keys;
    this.isSafe = !keys.includes('__proto__');
  }

  get names(): readonly JsonName[] {
    return (this.knownNames ??= this.keys.map(nameOf));
  }
}

/** The bytes of a name, four in a number; the surplus bytes of the last number are overwritten by what follows. */
export interface JsonName {
  readonly words: Int32Array;
  readonly sizeBytes: number;
}

function nameOf(key: string): JsonName {
  const bytes = Buffer.from(`${JSON.stringify(key)}:`);
  const padded = new Uint8Array(4 * Math.ceil(bytes.length / 4));
  padded.set(bytes);
  const view = viewOf(padded);
  const words = Int32Array.from({ length: padded.length / 4 }, (_, index) => view.getInt32(4 * index, true));
  return { words, sizeBytes: bytes.length };
}
