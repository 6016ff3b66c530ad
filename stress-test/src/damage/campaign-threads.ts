/** Runs a campaign on several threads, which share its cases, and adds up their counts. */
import { Worker } from 'node:worker_threads';
import { WrongAnswer } from './oracle.ts';
import { type Counts, Tally } from './tally.ts';

export interface CampaignTask {
  readonly seed: number;
  /** Flips every n-th bit; 0 for none. @default 0 */
  readonly bits?: number;
  /** Cuts files off after every n-th byte. @default 0 */
  readonly cuts?: number;
  /** Rounds of other damage, at random: in memory, and with files on disk. @default 0 */
  readonly rounds?: number;
  readonly realRounds?: number;
  /** The first round, to repeat one. @default 1 */
  readonly first?: number;
  /** Whether each case reads in all ways; otherwise in two, of which one differs from case to case. */
  readonly isThorough: boolean;
  /** Names of the specimens. @default all */
  readonly specimens?: readonly string[];
}

/** What a thread sends: its progress, and at the end its counts, or what was wrong. */
export interface ThreadReport {
  readonly damages: number;
  readonly counts?: Counts;
  readonly wrong?: string;
}

/** Rejects at the first wrong case, with a `WrongAnswer` that says how to repeat it. */
export async function runCampaign(
  task: CampaignTask,
  threads: number,
  onProgress: (damages: number) => void = () => undefined,
): Promise<Tally> {
  const tally = new Tally();
  const done = Array.from({ length: threads }, () => 0);
  const workers: Worker[] = [];
  const run = async (index: number): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const worker = new Worker(threadUrl, { workerData: { task, share: { index, of: threads } }, execArgv: [] });
    workers.push(worker);
    worker.on('message', ({ damages, counts, wrong }: ThreadReport) => {
      done[index] = damages;
      onProgress(done.reduce((sum, count) => sum + count, 0));
      if (wrong !== undefined) reject(new WrongAnswer(wrong));
      if (counts === undefined) return;
      tally.take(counts);
      resolve();
    });
    worker.on('error', reject);
    worker.on('exit', (code) => reject(new Error(`A thread ended with ${code}`)));
    return promise;
  };
  try {
    await Promise.all(Array.from({ length: threads }, async (_, index) => run(index)));
  } finally {
    await Promise.all(workers.map(async (worker) => worker.terminate()));
  }
  return tally;
}

/** The file of the thread, compiled or not. */
const threadUrl = new URL(import.meta.url.replace(/campaign-threads(\.[jt]s)$/, 'campaign-thread$1'));
