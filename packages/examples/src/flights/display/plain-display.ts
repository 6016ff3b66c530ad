/** Progress as plain lines, one per tenth of the events, and one per note. */
import type { RunProgress } from '../running/run-progress.ts';
import type { Display } from './display.ts';
import { progressLine } from './progress-lines.ts';

const steps = 10;

export class PlainDisplay implements Display {
  private readonly output: Pick<NodeJS.WritableStream, 'write'>;
  private shownStep = 0;

  constructor(output: Pick<NodeJS.WritableStream, 'write'>) {
    this.output = output;
  }

  progress(progress: RunProgress): void {
    const step = Math.floor((progress.writer.position * steps) / progress.totalEvents);
    if (step <= this.shownStep) return;
    this.shownStep = step;
    this.output.write(`${progressLine(progress)}\n`);
  }

  note(text: string): void {
    this.output.write(`${text}\n`);
  }

  end(): void {
    // Lines that were written stay.
  }
}
