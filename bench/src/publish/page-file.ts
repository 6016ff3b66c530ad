/** Pages of the repository that a program writes, formatted like the other pages. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';

export const root = join(import.meta.dirname, '../../..');

/** `change` gets the current text of the page, or an empty string for a new page. */
export async function writePage(path: string, change: (page: string) => string): Promise<void> {
  const file = join(root, path);
  const page = existsSync(file) ? readFileSync(file, 'utf8') : '';
  writeFileSync(file, await formatted(file, change(page)));
}

export async function formatted(file: string, text: string): Promise<string> {
  return format(text, { ...(await resolveConfig(file)), filepath: file });
}
