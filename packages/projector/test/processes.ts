/** What tests ask the operating system about the processes they deal with. */
import { readFileSync } from 'node:fs';

/** Whether the process runs. One that ended counts as gone, even while its new parent has not taken note of that. */
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

/** Whether the main thread of the process is computing at this moment, rather than waiting. Linux tells; elsewhere: yes. */
export function isBusy(pid: number): boolean {
  if (process.platform !== 'linux') return true;
  return / R /.test(readFileSync(`/proc/${pid}/task/${pid}/stat`, 'latin1').replace(/^.*\)/, ')'));
}
