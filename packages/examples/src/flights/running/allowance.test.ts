/** How far the writer may run ahead of what was projected and what the job has seen. */
import { describe, expect, it } from 'vitest';
import { runProgressOf } from '../../../test/run-progress-of.ts';
import { allowanceFor } from './allowance.ts';

const allowanceAt = (writer: number, ...projections: number[]): number =>
  allowanceFor(runProgressOf({ writer, projections }));

describe('how far the writer may go', () => {
  it('is a quarter of all events at first, when no projection has begun', () => {
    expect(allowanceAt(0)).toBe(250);
    expect(allowanceAt(250, 0, 0, 0)).toBe(250);
  });

  it('is a quarter ahead of the slowest projection', () => {
    expect(allowanceAt(400, 390, 310, 400)).toBe(560);
  });

  it('is a quarter ahead of what the job has seen of the writer, when projections have seen more', () => {
    expect(allowanceAt(300, 320, 310, 330)).toBe(550);
  });

  it('ends with the last event', () => {
    expect(allowanceAt(900, 900, 880, 900)).toBe(1000);
  });

  it('lets even a single flight be written', () => {
    expect(allowanceFor(runProgressOf({ writer: 0, projections: [0, 0, 0] }, 2))).toBe(1);
    expect(allowanceFor(runProgressOf({ writer: 1, projections: [1, 1, 1] }, 2))).toBe(2);
  });
});
