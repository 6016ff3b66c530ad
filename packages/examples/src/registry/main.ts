/**
 * The program of `npm run registry`. Exit codes: 0: ended in order by SIGINT, SIGTERM or SIGHUP; 1: it could not
 * continue; 2: the command line is wrong.
 */
import { parseOptions, usage, UsageError } from './options.ts';

process.exitCode = await main(process.argv.slice(2));

async function main(commandLine: readonly string[]): Promise<number> {
  try {
    const options = parseOptions(commandLine);
    if (options === undefined) {
      console.log(usage);
      return 0;
    }
    const ending = new AbortController();
    // Once only: a second signal means that the user does not want to wait for an orderly end.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => ending.abort());
    if (options.isFollower) await (await import('./follower.ts')).follow(options, ending.signal);
    else await (await import('./operator.ts')).operate(options, ending.signal);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`${error.message}\n\n${usage}`);
      return 2;
    }
    console.error(error instanceof Error ? error.message : error);
    return 1;
  }
}
