/** The last part of what `crash-states.test.ts` does: durable commits that wait for the redo log. */
import { crashWorkloads } from './simulation/crash-workloads.ts';
import { describeCrashStates } from './simulation/describe-crash-states.ts';

describeCrashStates('the redo log', crashWorkloads.redo);
