/** More of what `crash-states.test.ts` does: indexes and consumers. */
import { crashWorkloads } from './simulation/crash-workloads.ts';
import { describeCrashStates } from './simulation/describe-crash-states.ts';

describeCrashStates('indexes and consumers', crashWorkloads.indexes);
