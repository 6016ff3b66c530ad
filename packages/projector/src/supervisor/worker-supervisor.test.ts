import { once } from 'node:events';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { WorkerMessage } from '../protocol/messages.ts';
import { resolveProjectorOptions } from './projector-options.ts';
import { WorkerSupervisor } from './worker-supervisor.ts';
import type { Worker, WorkerEnd } from './worker.ts';

/** A worker that ends when the test says so, like a thread in a native call. */
class Puppet implements Worker {
  readonly pid = undefined;
  private readonly ending = Promise.withResolvers<WorkerEnd>();
  readonly ended = this.ending.promise;
  readonly say: (message: WorkerMessage) => void;
  readonly send = vi.fn<Worker['send']>();
  readonly kill = vi.fn<Worker['kill']>();

  constructor(say: (message: WorkerMessage) => void) {
    this.say = say;
  }

  end(): void {
    this.ending.resolve({ reason: 'it was told to', exitCode: 1, signal: undefined, stderr: [] });
  }
}

let puppets: PromiseWithResolvers<Puppet>[] = [];

/** Supervises puppets; each is in `puppets` once it was started. */
function supervise(): WorkerSupervisor {
  const options = resolveProjectorOptions({
    projections: ['count.mjs'],
    heartbeat: { intervalMs: 100, timeoutMs: 1000 },
    restart: { initialDelayMs: 0, maxFailures: 2, resetAfterMs: 5000 },
  });
  let started = 0;
  const startWorker = (start: { onMessage: (message: WorkerMessage) => void }): Promise<Worker> => {
    const puppet = new Puppet(start.onMessage);
    puppets[started++]!.resolve(puppet);
    return Promise.resolve(puppet);
  };
  return new WorkerSupervisor({ moduleUrl: 'file:///count.mjs', part: 0, startWorker }, options);
}

beforeEach(() => {
  puppets = Array.from({ length: 4 }, () => Promise.withResolvers<Puppet>());
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

// A bug once counted the time that a killed worker took to end as survival, so that workers were restarted forever.
it('gives up workers that hang, however long each takes to end', async () => {
  const supervisor = supervise();
  const failed = once(supervisor, 'failed');
  supervisor.start();
  for (const failures of [0, 1]) {
    const puppet = await puppets[failures]!.promise;
    await vi.advanceTimersByTimeAsync(1000);
    expect(puppet.kill).toHaveBeenCalledOnce();
    expect(supervisor.status()).toMatchObject({ state: 'restarting', failures });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(supervisor.status().failures).toBe(failures);
    puppet.end();
    await vi.advanceTimersByTimeAsync(10);
  }
  await failed;
  expect(supervisor.status()).toMatchObject({ state: 'failed', failures: 2 });
});

it('tells of what is covered as those take it who wait for it', async () => {
  const supervisor = supervise();
  supervisor.start();
  const report = { savedPosition: 3, lagEvents: 0, lagMs: 0, isLive: true, deadLetters: [], handledEvents: 3 };
  const liveLag = { pairs: [], maxUs: 0 };
  const puppet = await puppets[0]!.promise;
  await vi.advanceTimersByTimeAsync(10);
  puppet.say({ type: 'running', position: 3, lagEvents: 2 });
  // Before its first report it was shown at position 0, with nothing left to handle.
  expect(supervisor.status()).toMatchObject({ position: 3, savedPosition: 3, lag: { events: 2 }, isLive: false });
  puppet.say({ type: 'progress', ...report, position: 5, coveredPosition: 9, liveLag });
  expect(supervisor.status().coveredPosition).toBe(9);
  const paused = supervisor.pause(1000);
  puppet.end();
  await paused;
  await vi.advanceTimersByTimeAsync(10);
  expect(supervisor.status()).toMatchObject({ state: 'paused', position: 5, coveredPosition: 3 });
  // The store may have lost them in the meantime; the next worker checks.
  supervisor.resume();
  await puppets[1]!.promise;
  expect(supervisor.status()).toMatchObject({ position: 5, coveredPosition: 0 });
});
