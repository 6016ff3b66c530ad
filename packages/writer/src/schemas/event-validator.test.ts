import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { EventValidator } from './event-validator.ts';
import { areSchemas, type StandardSchema } from './standard-schema.ts';

const zodSchema = z.object({ orderId: z.string(), lines: z.array(z.object({ quantity: z.number() })).default([]) });
const valibotSchema = v.object({
  orderId: v.string(),
  lines: v.optional(v.array(v.object({ quantity: v.number() })), []),
});
const placed = { type: 'OrderPlaced', orderId: 'a', lines: [{ quantity: 2 }] };

function validatorOf(schema: StandardSchema): EventValidator {
  return new EventValidator({ OrderPlaced: schema });
}

describe.each([
  ['zod', zodSchema],
  ['valibot', valibotSchema],
] as const)('EventValidator with %s', (_, schema: StandardSchema) => {
  it('lets a valid event through, with its type', () => {
    expect(validatorOf(schema).validate('orders', [placed])).toEqual([placed]);
  });

  it('gives what the schema makes of the event', () => {
    const [event] = validatorOf(schema).validate('orders', [{ type: 'OrderPlaced', orderId: 'a', unknown: 1 }]);
    expect(event).toEqual({ type: 'OrderPlaced', orderId: 'a', lines: [] });
  });

  it('names the event, its type and what is wrong with it', () => {
    const events = [placed, { ...placed, lines: [{ quantity: 'two' }] }];
    expect(() => validatorOf(schema).validate('orders', events)).toThrow(
      expect.objectContaining({
        code: 'INVALID_EVENT',
        eventType: 'OrderPlaced',
        index: 1,
        stream: 'orders',
        message: expect.stringContaining('lines.0.quantity') as string,
        issues: [expect.objectContaining({ message: expect.any(String) as string })],
      }),
    );
  });

  it('leaves other types alone', () => {
    const others = [{ type: 'Other', orderId: 7 }, { orderId: 7 }, { type: 'constructor' }];
    expect(validatorOf(schema).validate('orders', others)).toEqual(others);
  });
});

describe('EventValidator', () => {
  it('refuses a schema that validates asynchronously', () => {
    const schema = z.object({ orderId: z.string() }).refine(() => Promise.resolve(true));
    const standard: StandardSchema = schema;
    expect(() => validatorOf(standard).validate('orders', [placed])).toThrow(
      expect.objectContaining({
        code: 'INVALID_OPTION',
        message: expect.stringContaining('validates asynchronously') as string,
      }),
    );
  });

  it('refuses what is no event any more', () => {
    const schema = z.looseObject({}).transform(() => 'text');
    expect(() => validatorOf(schema).validate('orders', [placed])).toThrow(
      expect.objectContaining({ code: 'INVALID_EVENT', index: 0 }),
    );
  });

  it('tells schemas from other things', () => {
    expect(areSchemas({ OrderPlaced: zodSchema, OrderPaid: valibotSchema })).toBe(true);
    expect(areSchemas({ OrderPlaced: {} })).toBe(false);
    expect(areSchemas({ OrderPlaced: { '~standard': {} } })).toBe(false);
    expect(areSchemas([zodSchema])).toBe(false);
  });
});
