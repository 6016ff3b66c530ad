/** Reads both slots of the head, and reports what is wrong with them. A slot that is being written just now is read again. */
import { decodeHead, type Head, headFileBytes, headSlotBytes, headSlotDistance } from '../format/head.ts';
import { fileNames } from '../format/file-names.ts';
import { type FileSystem, readWholeFile } from '../file-system/file-system.ts';
import { type Finding, finding } from './finding.ts';

/** A write of 64 bytes is not torn that often. */
const maxReads = 5;

export interface HeadSurvey {
  /** Undefined when neither slot is whole. */
  readonly head: Head | undefined;
  readonly findings: readonly Finding[];
}

/** `isNew`: nothing was written to the store yet, so it has no head. */
export function surveyHead(fileSystem: FileSystem, directory: string, seed: number, isNew: boolean): HeadSurvey {
  const path = `${directory}/${fileNames.head}`;
  let found: HeadSurvey = { head: undefined, findings: [] };
  for (let read = 1; read <= maxReads; read++) {
    found = readOnce(fileSystem, path, seed, isNew);
    if (found.findings.length === 0) return found;
  }
  return found;
}

function readOnce(fileSystem: FileSystem, path: string, seed: number, isNew: boolean): HeadSurvey {
  const bytes = readWholeFile(fileSystem, path);
  if (bytes === undefined || bytes.length === 0) {
    return { head: undefined, findings: isNew ? [] : [finding('HEAD', { path }, `The head ${path} is missing.`)] };
  }
  const head = decodeHead(bytes, bytes.length, seed);
  if (head === undefined) {
    return { head, findings: [finding('HEAD', { path, offset: 0 }, `Neither slot of ${path} is whole.`)] };
  }
  const damaged = [0, headSlotDistance].filter((at) => isWritten(bytes, at, head) && !isWhole(bytes, at, seed));
  const findings = damaged.map((offset) =>
    finding('HEAD_SLOT', { path, offset }, `The slot at byte ${offset} of ${path} is not whole.`),
  );
  return { head, findings };
}

function isWhole(bytes: Uint8Array, at: number, seed: number): boolean {
  // The other slot is left out, so that only this one is read.
  const alone = new Uint8Array(headFileBytes);
  alone.set(bytes.subarray(at, at + headSlotBytes), at);
  return decodeHead(alone, Math.min(bytes.length, headFileBytes), seed) !== undefined;
}

/** Whether the slot was ever written: the first head leaves the other slot empty. */
function isWritten(bytes: Uint8Array, at: number, head: Head): boolean {
  return head.sequence > 1 || bytes.subarray(at, at + headSlotBytes).some((byte) => byte !== 0);
}
