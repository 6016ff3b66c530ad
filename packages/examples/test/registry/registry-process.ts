/** The registry as a process, on its own port. */
import { ProgramProcess } from '../program-process.ts';

export class RegistryProcess extends ProgramProcess {
  private readonly online: Promise<string>;

  /** Uses any free port, unless the command line names one. */
  constructor(directory: string, commandLine: readonly string[] = []) {
    const port = commandLine.includes('--port') ? [] : ['--port', '0'];
    super('registry/main', ['--directory', directory, ...port, ...commandLine], directory);
    this.online = this.untilPrinted('Replicants on file').then(() => /http:\S+/.exec(this.stdout)![0]);
    this.online.catch(() => undefined);
  }

  /** The URL, once the registry listens. */
  get url(): Promise<string> {
    return this.online;
  }

  async stop(signal: NodeJS.Signals): Promise<number | string> {
    this.signal(signal);
    return this.ended;
  }
}

/** The port of a URL, for a process that replaces one that has ended. */
export function portOf(url: string): string {
  return new URL(url).port;
}
