import { describe, expect, it } from 'vitest';
import { parseOptions } from './options.ts';

describe('parseOptions', () => {
  it('measures the reference workload and what differs from it in one thing by default', () => {
    const { quick, scenarios } = parseOptions([])!;
    expect(quick).toBe(false);
    expect(scenarios[0]).toMatchObject({
      name: 'reference',
      rounds: 5,
      shape: { eventCount: 200_000, streamCount: 100, eventsPerCommit: 1, commitsPerTick: 1000, eventSize: 'order' },
    });
    expect(scenarios.map(({ shape }) => shape.streamCount)).toContain(1_000_000);
  });

  it('measures a part of everything once with --quick', () => {
    const { scenarios } = parseOptions(['--quick'])!;
    expect(scenarios.map(({ rounds }) => rounds)).toEqual(scenarios.map(() => 1));
    expect(scenarios[0]).toMatchObject({ name: 'reference', shape: { eventCount: 40_000, streamCount: 100 } });
    expect(Math.min(...scenarios.map(({ shape }) => shape.eventCount))).toBe(1000);
  });

  it('takes single options over what --quick sets', () => {
    const options = parseOptions(['--quick', '--rounds', '10', '--only', 'lmdb,sqlite'])!;
    expect(options.quick).toBe(true);
    expect(Object.fromEntries(options.scenarios.map(({ name, rounds }) => [name, rounds]))).toMatchObject({
      reference: 10,
      'derived-stream': 6,
      'streams-1-million-of-5': 2,
    });
    expect(options.contenders.map(({ name }) => name)).toEqual(['lmdb', 'sqlite']);
  });

  it('makes all scenarios smaller in proportion, and keeps the number of events a stream', () => {
    const { scenarios } = parseOptions(['--events', '20000', '--scenarios', 'streams-1-million-of-5,commits-of-10'])!;
    expect(scenarios.map(({ shape }) => [shape.eventCount, shape.streamCount])).toEqual([
      [500_000, 100_000],
      [20_000, 100],
    ]);
  });

  it.each([
    [['--fast'], /--fast/],
    [['--rounds', '0'], /--rounds must be a whole number above zero, not "0"/],
    [['--events', '1e5'], /--events/],
    [['--only', 'nobody'], /no contender "nobody": varve, event-storage/],
    [['--scenarios', 'nothing'], /no scenario "nothing": reference, /],
  ])('refuses %j', (commandLine, message) => {
    expect(() => parseOptions(commandLine)).toThrow(message);
  });
});
