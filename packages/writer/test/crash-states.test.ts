/**
 * Power cuts at every operation of recorded workloads, with every fate of what was not synced: kept, dropped, torn at a sector,
 * zero-filled, names lost. What is checked: `simulation/crash-check.ts`. Four files, so that two cores share the work.
 * `VARVE_CRASH_STATES` sets how many states there are in all of them, `VARVE_SEED` the first seed; for millions there is a
 * program, `npm run crash-states` (see `stress-test/README.md`).
 */
import { crashWorkloads } from './simulation/crash-workloads.ts';
import { describeCrashStates } from './simulation/describe-crash-states.ts';

describeCrashStates('partitions and frames', crashWorkloads.partitions);
