/**
 * What the writer had done when it was killed: how many events it had handed to `commit`, and how many had been
 * acknowledged as flushed. One line of fixed length, written in place by one call, so that a kill leaves it whole.
 */
import fs from 'node:fs';

export interface Progress {
  readonly attempted: number;
  readonly flushed: number;
}

const digits = 15;

export class ProgressFile implements Disposable {
  private readonly file: number;

  constructor(path: string) {
    this.file = fs.openSync(path, 'w');
  }

  write({ attempted, flushed }: Progress): void {
    const line = [attempted, flushed].map((count) => String(count).padStart(digits, '0')).join(' ');
    fs.writeSync(this.file, `${line}\n`, 0);
  }

  [Symbol.dispose](): void {
    fs.closeSync(this.file);
  }
}

/** Throws when the file is not what a writer wrote. */
export function readProgress(path: string): Progress {
  const text = fs.readFileSync(path, 'utf8');
  const match = /^(\d{15}) (\d{15})\n$/u.exec(text);
  if (match === null) {
    throw new Error(`${path}: expected two numbers of ${digits} digits, found ${JSON.stringify(text)}.`);
  }
  return { attempted: Number(match[1]), flushed: Number(match[2]) };
}
