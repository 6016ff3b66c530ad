/** The registry as a process, on a port of its own. */
import { ProgramProcess } from '../program-process.ts';

export class RegistryProcess extends ProgramProcess {
  private readonly online: Promise<string>;

  /** On any free port, unless the command line says which. */
  constructor(directory: string, commandLine: readonly string[] = []) {
    const port = commandLine.includes('--port') ? [] : ['--port', '0'];
    super('registry/main', ['--directory', directory, ...port, ...commandLine], directory);
    this.online = this.untilPrinted('Replicants on file').then(() => /http:\S+/.exec(this.stdout)![0]);
    this.online.catch(() => undefined);
  }

  /** Where it listens, when it does. */
  get url(): Promise<string> {
    return this.online;
  }

  async stop(signal: NodeJS.Signals): Promise<number | string> {
    this.signal(signal);
    return this.ended;
  }
}

/** The number of the port of a URL, for a process that takes the place of one that has ended. */
export function portOf(url: string): string {
  return new URL(url).port;
}
