/** The display for outputs other than a terminal: few lines, each written once. */
import { describe, expect, it } from 'vitest';
import { runProgressOf } from '../../../test/run-progress-of.ts';
import { PlainDisplay } from './plain-display.ts';

describe('the display of plain lines', () => {
  it('has one line for each tenth, however often it is told', () => {
    let text = '';
    const display = new PlainDisplay({ write: (part) => ((text += String(part)), true) });
    for (const writer of [0, 50, 99, 100, 101, 450, 460, 1000, 1000]) {
      display.progress(runProgressOf({ writer, projections: [] }));
    }
    display.note('a note');
    display.end();
    const lines = text.split('\n').map((line) => line.split(' ')[0]);
    expect(lines).toEqual(['100', '450', '1,000', 'a', '']);
  });
});
