/**
 * What is said to a worker process that is gone. A projector that was stopped a second time while its workers were ending
 * (two signals, or a version that a swap had retired) rejected then, and the error was nobody's.
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
