/**
 * Messages to a worker process that has ended. A bug once let a projector that was stopped a second time while its
 * workers were ending (two signals, or a version that a swap had retired) reject with an error that no one handled.
 */
import { expect, it } from 'vitest';
import { WorkerProcess } from '../src/supervisor/worker-process.ts';

it('is dropped', async () => {
  const worker = await WorkerProcess.start({
    onMessage: () => undefined,
    workerOutput: 'ignore',
    nodeOptions: undefined,
  });
  worker.kill();
  await worker.ended;
  expect(() => worker.send({ type: 'stop' })).not.toThrow();
});
