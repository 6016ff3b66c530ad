import { describe, expect, it } from 'vitest';
import { createOrder, createSizedOrder, type EventSize, eventSizes, isRare } from './order.ts';

describe('createOrder', () => {
  it('makes the same order for the same number', () => {
    expect(createOrder(77)).toEqual(createOrder(77));
    expect(createOrder(77)).not.toEqual(createOrder(78));
  });

  it('has the ten fields and the size of the reference workload', () => {
    const sizes = Array.from({ length: 1000 }, (_, number) => JSON.stringify(createOrder(number)).length);
    const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
    expect(Object.keys(createOrder(1))).toHaveLength(10);
    expect(mean).toBeGreaterThan(210);
    expect(mean).toBeLessThan(220);
  });
});

describe('createSizedOrder', () => {
  it.each(Object.entries(eventSizes))('is about as large as it says: %s', (size, bytes) => {
    const lengths = Array.from({ length: 100 }, (_, number) =>
      Buffer.byteLength(JSON.stringify(createSizedOrder(number, size as EventSize))),
    );
    for (const length of lengths) expect(Math.abs(length - bytes)).toBeLessThan(12);
  });

  it('makes one order in a hundred rare', () => {
    const rare = Array.from({ length: 100_000 }, (_, number) => createOrder(number)).filter(isRare).length;
    expect(rare).toBeGreaterThan(900);
    expect(rare).toBeLessThan(1100);
  });
});
