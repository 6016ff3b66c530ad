/** Keeps the last lines that a worker printed, for the error about its end. */

const maxLines = 20;
const maxLineLength = 1000;

export class OutputTail {
  private readonly complete: string[] = [];
  private partial = '';

  append(text: string): void {
    const lines = (this.partial + text).split(/\r?\n/);
    this.partial = shortened(lines.pop() ?? '');
    this.complete.push(...lines.slice(-maxLines).map(shortened));
    this.complete.splice(0, this.complete.length - maxLines);
  }

  lines(): string[] {
    const all = this.partial === '' ? this.complete : [...this.complete, this.partial];
    return all.filter((line) => line.trim() !== '').slice(-maxLines);
  }
}

function shortened(line: string): string {
  return line.length > maxLineLength ? `${line.slice(0, maxLineLength)}...` : line;
}
