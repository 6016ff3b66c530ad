/** A directory of its own for each test, removed afterwards. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { onTestFinished } from 'vitest';

export function temporaryDirectory(): string {
  const directory = mkdtempSync(`${tmpdir()}/varve-writer-`);
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
