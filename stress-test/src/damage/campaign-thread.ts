/** One thread of a campaign: does its share of the cases, reports its progress now and then, and its counts at the end. */
import { parentPort, workerData } from 'node:worker_threads';
import { Campaign } from './campaign.ts';
import type { CampaignTask, ThreadReport } from './campaign-threads.ts';

/** Nobody sees the stack traces of what Varve throws because a file is damaged, and they would take a tenth of the time. */
Error.stackTraceLimit = 0;

interface ThreadData {
  readonly task: CampaignTask;
  readonly share: { readonly index: number; readonly of: number };
}

const { task, share } = workerData as ThreadData;
const { seed, isThorough, specimens } = task;
const send = (report: ThreadReport): void => parentPort!.postMessage(report, []);
const campaign = await Campaign.prepare({
  share,
  isThorough,
  ...(specimens === undefined ? {} : { specimens }),
  onProgress: ({ damages }) => send({ damages }),
});
try {
  const { bits = 0, cuts = 0, rounds = 0, realRounds = 0, first = 1 } = task;
  if (bits > 0) await campaign.flipBits(bits, seed % bits);
  if (cuts > 0) await campaign.cutFiles(cuts, seed % cuts);
  if (rounds > 0) await campaign.fuzz(rounds, seed, first);
  if (realRounds > 0) await campaign.fuzzRealFiles(realRounds, seed, first);
  send({ damages: campaign.tally.damages, counts: campaign.tally.counts });
} catch (error) {
  send({ damages: campaign.tally.damages, wrong: error instanceof Error ? error.message : String(error) });
}
