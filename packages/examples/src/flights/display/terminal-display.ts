/** Progress on a terminal: one block that is redrawn in place, with the notes above it. */
import type { RunProgress } from '../running/run-progress.ts';
import type { Display } from './display.ts';
import { progressBlock } from './progress-lines.ts';

export interface Terminal {
  readonly columns: number;
  write(text: string): unknown;
}

const redrawIntervalMs = 100;
const escape = '\u001B';

export class TerminalDisplay implements Display {
  private readonly terminal: Terminal;
  private readonly nowMs: () => number;
  private block: readonly string[] = [];
  /** The number of lines of the block that are on the screen now. */
  private drawnLines = 0;
  private drawnAtMs = -Infinity;

  constructor(terminal: Terminal, nowMs: () => number = () => performance.now()) {
    this.terminal = terminal;
    this.nowMs = nowMs;
  }

  progress(progress: RunProgress): void {
    this.block = progressBlock(progress);
    if (this.nowMs() - this.drawnAtMs >= redrawIntervalMs) this.draw([]);
  }

  note(text: string): void {
    this.draw([text]);
  }

  end(): void {
    this.draw([]);
    this.drawnLines = 0;
    this.block = [];
  }

  /** Replaces the block on the screen by `notes` and the new block. */
  private draw(notes: readonly string[]): void {
    const { columns } = this.terminal;
    // A line that wraps would count as two, and the next block would be drawn too low.
    const lines = [...notes, ...this.block.map((line) => line.slice(0, Math.max(1, columns - 1)))];
    const back = this.drawnLines === 0 ? '' : `${escape}[${this.drawnLines}A${escape}[0J`;
    this.terminal.write(back + lines.map((line) => `${line}\n`).join(''));
    this.drawnLines = this.block.length;
    this.drawnAtMs = this.nowMs();
  }
}
