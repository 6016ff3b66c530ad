/** The pace of the writer, on a clock that the test sets. */
import { describe, expect, it } from 'vitest';
import { Pace } from './pace.ts';

describe('the pace', () => {
  it('gives what the time that passed allows, and keeps the rest of it', () => {
    const pace = new Pace(1000);
    expect(pace.take(100, 99)).toBe(0);
    expect(pace.take(101.5, 99)).toBe(1);
    expect(pace.take(102, 99)).toBe(1);
    expect(pace.take(102, 99)).toBe(0);
  });

  it('gives no more than can be used, and keeps that', () => {
    const pace = new Pace(1000);
    pace.take(0, 99);
    expect(pace.take(10, 4)).toBe(4);
    expect(pace.take(10, 99)).toBe(6);
    expect(pace.take(20, -5)).toBe(0);
  });

  it('does not make up for a long pause', () => {
    const pace = new Pace(1000);
    pace.take(0, 99);
    expect(pace.take(60_000, Infinity)).toBe(50);
  });

  it('keeps a slow pace too', () => {
    const pace = new Pace(2);
    pace.take(0, 99);
    expect(pace.take(499, 99)).toBe(0);
    expect(pace.take(500, 99)).toBe(1);
    expect(pace.take(1500, 99)).toBe(1);
  });
});
