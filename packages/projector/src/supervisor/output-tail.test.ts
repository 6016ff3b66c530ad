import { describe, expect, it } from 'vitest';
import { OutputTail } from './output-tail.ts';

describe('OutputTail', () => {
  it('puts lines together from pieces, and leaves out empty ones', () => {
    const tail = new OutputTail();
    for (const piece of ['one\ntw', 'o\r\n\n', 'thr', 'ee']) tail.append(piece);
    expect(tail.lines()).toEqual(['one', 'two', 'three']);
  });

  it('keeps the last lines, and the beginning of long ones', () => {
    const tail = new OutputTail();
    for (let line = 1; line <= 1000; line++) tail.append(`line ${line}\n`);
    for (let piece = 0; piece < 1000; piece++) tail.append('x'.repeat(100));
    const lines = tail.lines();
    expect(lines).toHaveLength(20);
    expect(lines.at(-2)).toBe('line 1000');
    expect(lines.at(-1)!.length).toBeLessThan(2000);
  });
});
