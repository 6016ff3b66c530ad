import { describe, expect, it } from 'vitest';
import { parseOptions } from './options.ts';

describe('parseOptions', () => {
  it('measures the reference workload by default', () => {
    expect(parseOptions([])).toMatchObject({
      quick: false,
      shape: { eventCount: 200_000, streamCount: 100, eventsPerCommit: 1, commitsPerTick: 1000 },
    });
  });

  it('takes single options over what --quick sets', () => {
    const options = parseOptions(['--quick', '--rounds', '7', '--only', 'lmdb,sqlite']);
    expect(options).toMatchObject({ quick: true, rounds: 7 });
    expect(options?.contenders.map(({ name }) => name)).toEqual(['lmdb', 'sqlite']);
  });

  it.each([
    [['--fast'], /--fast/],
    [['--rounds', '0'], /--rounds must be a whole number above zero, not "0"/],
    [['--events', '1e5'], /--events/],
    [['--only', 'nobody'], /no contender "nobody": varve, event-storage/],
  ])('refuses %j', (commandLine, message) => {
    expect(() => parseOptions(commandLine)).toThrow(message);
  });
});
