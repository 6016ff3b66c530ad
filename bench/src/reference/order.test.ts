import { describe, expect, it } from 'vitest';
import { createOrder } from './order.ts';

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
