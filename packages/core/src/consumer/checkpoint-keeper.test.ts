import { describe, expect, it } from 'vitest';
import { nodeFileSystem } from '../file-system/node-file-system.ts';
import { CheckpointKeeper } from './checkpoint-keeper.ts';

const place = {
  fileSystem: nodeFileSystem,
  directory: '/nowhere',
  storeId: '0'.repeat(32),
  source: 'orders',
  consumerId: 'mailer',
};

const keep = (options: object): CheckpointKeeper =>
  new CheckpointKeeper(place, options, { initial: { state: {}, since: 0 }, onPersisted: () => undefined });

describe('The options of checkpoints', () => {
  it.each([{ everyEvents: -1 }, { everyEvents: 1.5 }, { everyMs: 0 }, { onCaughtUp: 'yes' }, { often: true }])(
    'refuse %j',
    (options) => {
      expect(() => keep(options)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    },
  );

  it('may be left out, or undefined', () => {
    expect(keep({ everyMs: undefined }).everyMs).toBe(1000);
  });
});
