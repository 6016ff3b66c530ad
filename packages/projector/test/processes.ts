/** What tests ask the operating system about processes. */
import { readFileSync } from 'node:fs';

/** Whether the process runs. An ended one counts as gone, even while its new parent has not reaped it yet. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return !isZombie(pid);
}

function isZombie(pid: number): boolean {
  if (process.platform !== 'linux' || pid < 0) return false;
  try {
    return / Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/^.*\)/, ')'));
  } catch {
    return true;
  }
}

/** Whether the main thread of the process is running at this moment rather than waiting. Known on Linux only; elsewhere: true. */
export function isBusy(pid: number): boolean {
  if (process.platform !== 'linux') return true;
  return / R /.test(readFileSync(`/proc/${pid}/task/${pid}/stat`, 'latin1').replace(/^.*\)/, ')'));
}
