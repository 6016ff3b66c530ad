import { spawnSync } from 'node:child_process';

/** Runs a command of the project and returns what it prints; throws with everything it printed when it fails. */
export function run(command: string, args: readonly string[], cwd?: string): string {
  const result = spawnSync(command, args, { cwd, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (result.error) throw result.error;
  if (result.status !== 0) {
    const end = result.signal ?? `exit code ${result.status ?? 'unknown'}`;
    throw new Error(`${command} ${args.join(' ')}: ${end}\n${result.stdout}${result.stderr}`);
  }
  return result.stdout;
}
