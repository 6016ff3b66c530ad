import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Assignment } from '../src/run/assignment.ts';
import { runDriver } from '../src/run/driver-process.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'varve-bench-test-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

function assignment(change: Partial<Assignment>): Assignment {
  const counts = { eventCount: 500, streamCount: 5, eventsPerCommit: 1, commitsPerTick: 100 };
  const shape = { ...counts, eventSize: 'order', derived: false } as const;
  const store = join(directory, 'store');
  const durations = { warmUpTicks: 1, warmPasses: 1, lagSeconds: 1, durableSeconds: 0.1 };
  const settings = { scenario: 'reference', shape, directory: store, ...durations };
  return { contender: 'limit-json', workload: 'append', ...settings, ...change };
}

describe('runDriver', () => {
  const { signal } = new AbortController();

  it('returns what the child process measured', async () => {
    const measurement = await runDriver(assignment({}), signal);
    expect(measurement).toMatchObject({ contender: 'limit-json', workload: 'append', eventsPerPass: 500 });
    expect(measurement.passesNs[0]).toBeGreaterThan(0);
  });

  it('fails with the message of the child process', async () => {
    await expect(runDriver(assignment({ contender: 'nobody' }), signal)).rejects.toThrow(/no contender "nobody"/);
    await expect(runDriver(assignment({ workload: 'scan' }), signal)).rejects.toThrow(/ENOENT/);
  });
});
