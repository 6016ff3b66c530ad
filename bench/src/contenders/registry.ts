/** All contenders at once, for who compares them. */
import type { Contender } from './contender.ts';
import { contenderNames, loadContender, unknownContender } from './load-contender.ts';

/** Everything that is measured, in the order of the printed tables. */
export const contenders: readonly Contender[] = await Promise.all(contenderNames.map(loadContender));

/** The contender that ratios refer to: the store whose place Varve takes. */
export const baselineName = 'event-storage';

export function contenderNamed(name: string): Contender {
  const contender = contenders.find((candidate) => candidate.name === name);
  if (contender) return contender;
  throw unknownContender(name);
}
