/** Every contender keeps what it is given: the measurement of one that does not would mean nothing. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contenders } from '../src/contenders/registry.ts';
import type { Contender, Reader } from '../src/contenders/contender.ts';
import { ReferenceWorkload } from '../src/reference/reference-workload.ts';
import { standalone } from '../src/workloads/workload-name.ts';
import { workloads, type WorkloadContext } from '../src/workloads/workload.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'varve-bench-test-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

function contextOf(contender: Contender, eventsPerCommit = 1): WorkloadContext {
  const counts = { eventCount: 2500, streamCount: 20, eventsPerCommit, commitsPerTick: 100 };
  const reference = new ReferenceWorkload({ ...counts, eventSize: 'order', derived: true });
  const durations = { warmUpTicks: 1, warmPasses: 1, lagSeconds: 1, durableSeconds: 0.1 };
  return { contender, reference, directory: join(directory, 'store'), ...durations };
}

describe.each(contenders)('$name', (contender) => {
  const appends = contender.workloads.some((name) => !standalone.has(name));

  it.runIf(appends).each([1, 3])('reads back what was appended in commits of %i', async (eventsPerCommit) => {
    const context = contextOf(contender, eventsPerCommit);
    const appended = await workloads.append(context);
    expect(appended.eventsPerPass).toBe(2500);
    expect(appended.storeSizeBytes).toBeGreaterThan(2500 * 50);
    for (const workload of contender.workloads.filter((name) => name !== 'append' && !standalone.has(name))) {
      const { eventsPerPass, passesNs } = await workloads[workload](context);
      expect({ workload, hasRead: eventsPerPass > 0, passes: passesNs.length }).toEqual({
        workload,
        hasRead: true,
        passes: 1,
      });
    }
  });
});

const withLag = contenders.filter(({ workloads: names }) => names.includes('lag'));
describe.each(withLag)('$name', (contender) => {
  it('follows a writer in another process', async () => {
    const { lagNs, eventsPerPass } = await workloads.lag(contextOf(contender));
    expect(eventsPerPass).toBe(1500);
    expect(lagNs!.p50).toBeGreaterThan(0);
    expect(lagNs!.p99).toBeGreaterThanOrEqual(lagNs!.p50);
    expect(lagNs!.max).toBeGreaterThanOrEqual(lagNs!.p99);
  });
});

const durableNames = ['durable-1', 'durable-64'] as const;
const durable = contenders.flatMap((contender) =>
  durableNames
    .filter((name) => contender.workloads.includes(name))
    .map((name) => [contender.name, name, contender] as const),
);
it.each(durable)('%s has every commit that it acknowledged: %s', async (_name, workload, contender) => {
  const { eventsPerPass } = await workloads[workload](contextOf(contender));
  expect(eventsPerPass).toBeGreaterThan(0);
});

const recovering = contenders.filter(({ workloads: names }) => names.includes('recover'));
it.each(recovering)('$name has everything after its writer was killed', async (contender) => {
  const { openNs, eventsPerPass } = await workloads.recover(contextOf(contender));
  expect(eventsPerPass).toBe(2500);
  expect(openNs).toBeGreaterThan(0);
});

describe('a contender that reads something else than was written', () => {
  const honest = contenders.find(({ name }) => name === 'sqlite')!;
  const lying = (distort: (reader: Reader) => Partial<Reader>): Contender => ({
    ...honest,
    open: async (path, options) => {
      const reader = await honest.open(path, options);
      const scan: Reader['scan'] = (visit) => reader.scan(visit);
      const readOne: Reader['readOne'] = (position) => reader.readOne!(position);
      return { scan, readOne, close: () => reader.close(), ...distort(reader) };
    },
  });

  it('fails when its scan leaves out an event', async () => {
    const context = contextOf(honest);
    await workloads.append(context);
    const forgetful = lying((reader) => ({
      scan: (visit) => reader.scan((order) => (order.orderId.endsWith('1234') ? undefined : visit(order))),
    }));
    await expect(workloads.scan({ ...context, contender: forgetful })).rejects.toThrow(/found 2499 events/);
  });

  it('fails when it returns the neighbour of an event', async () => {
    const context = contextOf(honest);
    await workloads.append(context);
    const careless = lying((reader) => ({ readOne: (position) => reader.readOne!(Math.max(1, position - 1)) }));
    await expect(workloads.random({ ...context, contender: careless })).rejects.toThrow(/read wrong data/);
  });

  it('fails when it damages a field that the tally does not look at', async () => {
    const damaging = lying((reader) => ({
      scan: (visit) => reader.scan((order) => visit({ ...order, country: 'Atlantis' })),
    }));
    await expect(workloads.append(contextOf(damaging))).rejects.toThrow(/Atlantis/);
  });
});
