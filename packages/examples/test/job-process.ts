/** The flights job as a process. */
import { ProgramProcess } from './program-process.ts';

export class JobProcess extends ProgramProcess {
  /** `temporaryDirectory`: where the job creates its own directories. */
  constructor(commandLine: readonly string[], temporaryDirectory: string) {
    super('flights/main', commandLine, temporaryDirectory);
  }
}
