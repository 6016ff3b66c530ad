import type { Results } from '../report/results-file.ts';

/** What of a run is checked in: the rows, and what a reader must know of where they come from. */
export type Published = Pick<Results, 'startedAt' | 'environment' | 'scenarios' | 'rows'>;
