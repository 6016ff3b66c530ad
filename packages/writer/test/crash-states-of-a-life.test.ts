/** More of what `crash-states.test.ts` does: a store during its life. */
import { crashWorkloads } from './simulation/crash-workloads.ts';
import { describeCrashStates } from './simulation/describe-crash-states.ts';

describeCrashStates('a store in its life', crashWorkloads.life);
