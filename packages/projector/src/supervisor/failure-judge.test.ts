import { describe, expect, it } from 'vitest';
import type { FailurePolicy } from '../projection/projection.ts';
import { FailureJudge, silentDeath, type WorkerFailure } from './failure-judge.ts';

const options = { initialDelayMs: 1, factor: 2, maxDelayMs: 1000, maxFailures: 6, resetAfterMs: 1 };
const death = silentDeath('its process was ended by SIGSEGV');

/** A judge, and its verdicts on workers that end one after the other, each at the position that it announced. */
function judging(onFailure: FailurePolicy, attempts = 2) {
  const judge = new FailureJudge(options);
  const end = (failure: WorkerFailure, announced?: number): string => {
    judge.loaded({ onFailure, attempts });
    if (announced !== undefined) judge.attempted(announced);
    return judge.judge(failure).kind;
  };
  return { judge, end };
}

describe('FailureJudge', () => {
  it('lets the next worker announce its events when one died without a word, unless the policy is to retry', () => {
    const skipping = judging('skip');
    expect(skipping.judge.caution).toEqual({ announcesEvents: false, condemned: undefined });
    expect(skipping.end(death)).toBe('restart');
    expect(skipping.judge.caution).toEqual({ announcesEvents: true, condemned: undefined });
    const retrying = judging('retry');
    expect(retrying.end(death)).toBe('restart');
    expect(retrying.judge.caution.announcesEvents).toBe(false);
  });

  it('condemns the event that as many workers in a row died at as there may be attempts', () => {
    const { judge, end } = judging('skip');
    expect([end(death), end(death, 7)]).toEqual(['restart', 'restart']);
    expect(judge.caution.condemned).toBeUndefined();
    expect(end(death, 7)).toBe('restart');
    expect(judge.caution.condemned).toEqual({ position: 7, attempts: 2, error: { ...death.error, position: 7 } });
    judge.saved(6);
    expect(judge.caution.condemned?.position).toBe(7);
    judge.saved(7);
    expect(judge.caution.condemned).toBeUndefined();
  });

  it.each(['skip', 'pause'] as const)('lets each attempt be made before it gives up (%s)', (policy) => {
    const { judge, end } = judging(policy, 9);
    const verdicts = Array.from({ length: 10 }, (_, number) => end(death, number === 0 ? undefined : 7));
    expect(verdicts).toEqual([...Array<string>(9).fill('restart'), policy === 'skip' ? 'restart' : 'pause']);
    expect(judge.caution.condemned?.position).toBe(policy === 'skip' ? 7 : undefined);
  });

  it('blames no event when workers die at different ones', () => {
    const { judge, end } = judging('skip');
    expect([end(death, 7), end(death, 9), end(death, 7), end(death)]).toEqual(Array(4).fill('restart'));
    expect(judge.caution.condemned).toBeUndefined();
  });

  it('pauses at such an event when that is the policy, and when the worker asks for it', () => {
    const { judge, end } = judging('pause');
    expect([end(death, 7), end(death, 7)]).toEqual(['restart', 'pause']);
    judge.forgive();
    expect(end(death, 7)).toBe('restart');
    expect(end({ error: { message: 'no' }, wasTold: true, pauses: true })).toBe('pause');
  });

  it('gives up what cannot be mended, and what fails too often', () => {
    const { end } = judging('skip');
    expect(end({ error: { message: 'other store', code: 'DIVERGED' }, wasTold: true, pauses: false })).toBe('give-up');
    expect(Array.from({ length: 6 }, () => end(death))).toEqual([...Array<string>(5).fill('restart'), 'give-up']);
    const patient = judging('skip', 9);
    const verdicts = Array.from({ length: 11 }, (_, position) => patient.end(death, position));
    expect(verdicts).toEqual([...Array<string>(10).fill('restart'), 'give-up']);
  });
});
