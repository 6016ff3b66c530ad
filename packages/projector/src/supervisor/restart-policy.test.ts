import { describe, expect, it } from 'vitest';
import { RestartPolicy } from './restart-policy.ts';

const options = { initialDelayMs: 100, factor: 3, maxDelayMs: 1000, maxFailures: 6, resetAfterMs: 1 };

function failures(policy: RestartPolicy, count: number): (number | undefined)[] {
  return Array.from({ length: count }, () => policy.failed());
}

describe('RestartPolicy', () => {
  it('waits longer each time, up to a limit, and then gives up', () => {
    expect(failures(new RestartPolicy(options), 6)).toEqual([100, 300, 900, 1000, 1000, undefined]);
  });

  it('begins anew when more was saved than ever before', () => {
    const policy = new RestartPolicy(options);
    policy.saved(10);
    expect(failures(policy, 5)).toEqual([100, 300, 900, 1000, 1000]);
    policy.saved(11);
    expect(policy.failures).toBe(0);
    expect(failures(policy, 2)).toEqual([100, 300]);
  });

  it('takes the same position for no progress: a poison event is not a hot loop', () => {
    const policy = new RestartPolicy(options);
    const delays: (number | undefined)[] = [];
    for (let attempt = 0; attempt < 6; attempt++) {
      policy.saved(10);
      delays.push(policy.failed());
    }
    expect(delays).toEqual([100, 300, 900, 1000, 1000, undefined]);
  });

  it('begins anew when the worker survived for a while', () => {
    const policy = new RestartPolicy(options);
    failures(policy, 4);
    policy.survived();
    expect(policy.failed()).toBe(100);
  });

  it('gives up at once when one failure is too many', () => {
    expect(new RestartPolicy({ ...options, maxFailures: 1 }).failed()).toBeUndefined();
  });
});
