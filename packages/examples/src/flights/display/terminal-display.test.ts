/** The display on a terminal, checked by what is on the screen at the end. */
import { describe, expect, it } from 'vitest';
import { runProgressOf } from '../../../test/run-progress-of.ts';
import { TerminalDisplay } from './terminal-display.ts';

/** A terminal that understands the two commands that the display uses. */
class Screen {
  lines: string[] = [];
  columns = 80;

  write(text: string): void {
    const [, up, rest = ''] = /^\u001B\[(\d+)A\u001B\[0J(.*)$/s.exec(text) ?? ['', '0', text];
    this.lines.splice(this.lines.length - Number(up));
    this.lines.push(...rest.split('\n').slice(0, -1));
  }
}

describe('the display on a terminal', () => {
  it('draws one block over and over, with notes above it', () => {
    const screen = new Screen();
    let nowMs = 0;
    const display = new TerminalDisplay(screen, () => nowMs);
    const show = (writer: number): void => display.progress(runProgressOf({ writer, projections: [writer] }));
    show(100);
    nowMs += 1000;
    show(200);
    display.note('a note');
    nowMs += 1000;
    show(300);
    display.end();
    display.note('the end');
    expect(screen.lines.map((line) => line.replace(/ +[=.]+ +/, ' '))).toEqual([
      'a note',
      'writer 300  writing',
      'airport-departures 300  no lag',
      'the end',
    ]);
  });

  it('does not draw more often than can be seen, but shows the last state in the end', () => {
    const screen = new Screen();
    const display = new TerminalDisplay(screen, () => 0);
    for (const writer of [100, 200, 300]) display.progress(runProgressOf({ writer, projections: [] }));
    expect(screen.lines.join()).toContain('100  writing');
    display.end();
    expect(screen.lines.join()).toContain('300  writing');
  });

  it('cuts the lines of the block to the width, so that none of them wraps', () => {
    const screen = new Screen();
    screen.columns = 30;
    new TerminalDisplay(screen, () => 0).progress(runProgressOf({ writer: 100, projections: [100, 100, 100] }));
    expect(screen.lines).toHaveLength(4);
    for (const line of screen.lines) expect(line.length).toBeLessThan(30);
  });
});
