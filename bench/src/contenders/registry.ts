import { classicLevel } from './classic-level.ts';
import type { Contender } from './contender.ts';
import { eventStorage } from './event-storage.ts';
import { limitJson } from './limit-json.ts';
import { limitMsgpackr, limitMsgpackrBlock } from './limit-msgpackr.ts';
import { limitSync } from './limit-sync.ts';
import { lmdb } from './lmdb/contenders.ts';
import { sqlite, sqliteBatched, sqliteFull } from './sqlite/contenders.ts';
import { varve } from './varve.ts';

/** Everything that is measured, in the order of the printed tables. */
export const contenders: readonly Contender[] = [
  varve,
  eventStorage,
  sqlite,
  sqliteFull,
  sqliteBatched,
  lmdb,
  classicLevel,
  limitJson,
  limitMsgpackr,
  limitMsgpackrBlock,
  limitSync,
];

/** The contender that ratios refer to: the store whose place Varve takes. */
export const baselineName = eventStorage.name;

export function contenderNamed(name: string): Contender {
  const contender = contenders.find((candidate) => candidate.name === name);
  if (contender) return contender;
  throw new Error(`There is no contender ${JSON.stringify(name)}: ${contenders.map(({ name }) => name).join(', ')}`);
}
