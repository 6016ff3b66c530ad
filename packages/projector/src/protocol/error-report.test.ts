import { UpcastError, VarveError } from '@varve/core';
import { errorFrom } from '@varve/core/internal';
import { describe, expect, it } from 'vitest';
import { EvolveError, reportOf } from './error-report.ts';

describe('an error that crosses processes', () => {
  it('is the same VarveError on the other side', () => {
    const error = new VarveError('DIVERGED', 'It is another one.', {
      path: '/somewhere',
      stream: 'orders',
      position: 7,
      hint: 'Reset it.',
    });
    const arrived = errorFrom(structuredClone(reportOf(error)));
    expect(arrived).toBeInstanceOf(VarveError);
    const { name, message, code, path, stream, position, hint, stack } = error;
    expect(arrived).toMatchObject({ name, message, code, path, stream, position, hint, stack });
  });

  it('is a plain error when it was one, whatever its code', () => {
    const error = Object.assign(new Error('no'), { code: 'ENOENT' });
    const arrived = errorFrom(reportOf(error));
    expect(arrived).not.toBeInstanceOf(VarveError);
    expect(arrived).toMatchObject({ message: 'no', stack: error.stack });
  });

  it('may be anything that was thrown', () => {
    expect(reportOf('text')).toEqual({ message: 'text' });
  });

  it('tells the event that it was about, and the stack of who threw', () => {
    const cause = new RangeError('too much');
    expect(reportOf(new EvolveError(41, 'Deposited', 'on', cause))).toEqual({
      message: 'The function for "Deposited" failed at position 41: too much',
      position: 41,
      eventType: 'Deposited',
      stack: cause.stack,
    });
    expect(reportOf(new EvolveError(41, undefined, 'eventType', cause)).message).toContain(
      'The function eventType failed',
    );
  });

  it('says of an event that cannot be upcast what that says, with the stack of the upcaster', () => {
    const cause = new RangeError('too old');
    const place = { type: 'Deposited', version: 1, position: 41, stream: 'orders' };
    const upcast = new UpcastError(place, 'the upcaster from version 1 threw: too old', cause);
    const { message, code, hint, position, stream } = upcast;
    const report = reportOf(new EvolveError(41, 'Deposited', 'eventType', upcast));
    const { stack } = cause;
    expect(report).toEqual({ message, code, hint, position, stream, eventType: 'Deposited', stack });
  });
});
