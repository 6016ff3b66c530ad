/** One copy of the store by rsync, in one of several ways, perhaps killed halfway. */
import { spawn } from 'node:child_process';
import { storeName } from './counted-events.ts';

export const modes = ['default', 'inplace', 'append-verify', 'append', 'interrupted'] as const;
export type Mode = (typeof modes)[number];

export interface Places {
  readonly source: string;
  readonly replica: string;
}

const always = [
  '-a',
  '--delete',
  '--exclude=/consumers',
  '--exclude=/recovered',
  '--exclude=/writer.*',
  '--exclude=*.tmp',
];

const options: Readonly<Record<Mode, readonly string[]>> = {
  default: ['--modify-window=-1'],
  inplace: ['--inplace', '--modify-window=-1'],
  'append-verify': ['--append-verify', '--exclude=/head'],
  append: ['--append', '--exclude=/head'],
  interrupted: ['--inplace', '--modify-window=-1'],
};

/** Copies once; false when rsync was killed, after `killAfterMs`. */
export async function copyOnce({ source, replica }: Places, mode: Mode, killAfterMs?: number): Promise<boolean> {
  const [from, to] = [`${source}/${storeName}/`, `${replica}/${storeName}/`];
  if (!(await rsync([...always, ...options[mode], from, to], killAfterMs))) return false;
  // The modes that append do not look at files that have not grown.
  return !mode.startsWith('append') || rsync(['-a', '--inplace', '--ignore-times', `${from}head`, to]);
}

function rsync(args: readonly string[], killAfterMs?: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn('rsync', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    const timer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (signal === 'SIGKILL') resolve(false);
      // 24: a file was gone before rsync came to it, because the writer had merged it.
      else if (code === 0 || code === 24) resolve(true);
      else reject(new Error(`rsync ended with ${String(code)}: ${said}`));
    });
  });
}
