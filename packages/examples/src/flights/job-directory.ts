/** The directory of a run: a temporary one that is removed when the run ends, or the user's, which stays. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from './options.ts';

export class JobDirectory implements Disposable {
  readonly path: string;
  private readonly isTemporary: boolean;

  /** Throws `UsageError` when the user's directory cannot be created or is not empty; nothing is changed then. */
  constructor(path: string | undefined) {
    this.isTemporary = path === undefined;
    this.path = path === undefined ? mkdtempSync(join(tmpdir(), 'varve-flights-')) : emptyDirectory(path);
  }

  [Symbol.dispose](): void {
    if (this.isTemporary) rmSync(this.path, { recursive: true, force: true, maxRetries: 3 });
  }
}

function emptyDirectory(path: string): string {
  let names: string[];
  try {
    mkdirSync(path, { recursive: true });
    names = readdirSync(path);
  } catch (error) {
    throw new UsageError(`--directory ${path} cannot be used: ${(error as Error).message}`, { cause: error });
  }
  if (names.length === 0) return path;
  const found = names.slice(0, 3).join(', ');
  throw new UsageError(`--directory ${path} is not empty (${found}). Give one that is empty or does not exist yet.`);
}
