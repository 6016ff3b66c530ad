/** All contenders at once, for code that compares them. */
import type { Contender } from './contender.ts';
import { contenderNames, loadContender, unknownContender } from './load-contender.ts';

/** All contenders, in the order of the printed tables. */
export const contenders: readonly Contender[] = await Promise.all(contenderNames.map(loadContender));

/** The contender that ratios refer to: the store that Varve replaces. */
export const baselineName = 'event-storage';

export function contenderNamed(name: string): Contender {
  const contender = contenders.find((candidate) => candidate.name === name);
  if (contender) return contender;
  throw unknownContender(name);
}
