/** Programs of tests can run as another user when root runs them, and from a folder that everybody may read. */
import { statSync } from 'node:fs';
import { dirname } from 'node:path';

export const isRoot = process.getuid?.() === 0;
export const anotherUserMayReadThis = isReadableByAll(import.meta.dirname);

if (isRoot && !anotherUserMayReadThis) console.warn('Skipping tests with another user, who may not read this folder.');

function isReadableByAll(directory: string): boolean {
  if ((statSync(directory).mode & 0o005) !== 0o005) return false;
  return dirname(directory) === directory || isReadableByAll(dirname(directory));
}
