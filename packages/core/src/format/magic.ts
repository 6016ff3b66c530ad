/** How the files of a store identify themselves: by five letters, and those that begin with `VARVE` also by a kind. */
import { readU8, writeU8 } from './bytes.ts';

/** Stored: never change these values. */
export const magics = { store: 'VARVE', consumer: 'VARVC', snapshot: 'VARVS' } as const;

/** The files that begin with `VARVE`, after their checksum. Stored: never change these values. */
export const fileKinds = { segment: 1, catalog: 2, run: 3, nameIndex: 4 } as const;

export function writeMagic(bytes: Uint8Array, at: number, magic: string): void {
  for (let index = 0; index < magic.length; index++) writeU8(bytes, at + index, magic.charCodeAt(index));
}

export function hasMagic(bytes: Uint8Array, at: number, magic: string): boolean {
  for (let index = 0; index < magic.length; index++) {
    if (readU8(bytes, at + index) !== magic.charCodeAt(index)) return false;
  }
  return true;
}
