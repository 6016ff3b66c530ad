import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  heartbeatDefaults,
  projectorDefaults,
  type ProjectorOptions,
  resolveProjectorOptions,
  restartDefaults,
} from './projector-options.ts';

const least: ProjectorOptions = { projections: ['module.js'] };

describe('resolveProjectorOptions', () => {
  it('fills in defaults, and makes paths absolute', () => {
    const { modules, storageDirectory, ...rest } = resolveProjectorOptions({ ...least, stateDirectory: 'states' });
    expect(modules).toHaveLength(1);
    expect(storageDirectory).toBe(resolve('data'));
    expect(rest).toEqual({
      store: projectorDefaults.store,
      stateDirectory: resolve('states'),
      checkpoint: {},
      restart: restartDefaults,
      heartbeat: heartbeatDefaults,
      reportIntervalMs: 50,
      stopTimeoutMs: 5000,
      workers: 'processes',
      reload: false,
      workerOutput: 'inherit',
      nodeOptions: undefined,
    });
  });

  it('keeps defaults where an option is given as undefined', () => {
    const options = { ...least, store: undefined, restart: { factor: undefined, maxFailures: 9 } } as never;
    expect(resolveProjectorOptions(options)).toMatchObject({
      store: 'eventstore',
      restart: { factor: 2, maxFailures: 9 },
    });
  });

  it('takes checkpoints that consumers take', () => {
    const checkpoint = { everyEvents: Infinity, everyMs: 1000, onCaughtUp: false };
    expect(resolveProjectorOptions({ ...least, checkpoint }).checkpoint).toEqual(checkpoint);
  });

  it.each([
    ['no projections', { projections: [] }, '"projections" names no module'],
    ['projections left out', { projections: undefined }, '"projections" names no module'],
    ['one projection without a list', { projections: 'module.js' }, '"projections"'],
    ['an unknown option', { ...least, stores: 'x' }, 'no option "stores"'],
    ['a store that is no name', { ...least, store: '../x' }, '"../x"'],
    ['an unknown option of checkpoint', { ...least, checkpoint: { every: 1 } }, 'no option "every"'],
    ['no events between checkpoints', { ...least, checkpoint: { everyEvents: 0 } }, '"everyEvents"'],
    ['no time between checkpoints', { ...least, checkpoint: { everyMs: 0 } }, '"everyMs"'],
    ['a factor below 1', { ...least, restart: { factor: 0.5 } }, '"factor"'],
    ['no attempt', { ...least, restart: { maxFailures: 0 } }, '"maxFailures"'],
    ['an endless wait', { ...least, restart: { maxDelayMs: Infinity } }, '"maxDelayMs"'],
    ['a heartbeat that is always missed', { ...least, heartbeat: { intervalMs: 100, timeoutMs: 100 } }, 'missed'],
    ['an unknown output', { ...least, workerOutput: 'file' }, '"workerOutput"'],
    ['an unknown kind of worker', { ...least, workers: 'fibers' }, '"workers"'],
    ['options of Node.js for threads', { ...least, workers: 'threads', nodeOptions: [] }, 'Threads have'],
    ['options of Node.js as text', { ...least, nodeOptions: '--inspect' }, '"nodeOptions"'],
  ])('refuses %s', (_, options, message) => {
    const action = (): unknown => resolveProjectorOptions(options as never);
    expect(action).toThrow(message);
    expect(action).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });
});
