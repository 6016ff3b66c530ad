import { closeSync, fsyncSync, openSync } from 'node:fs';
import { filesBelow } from './files-below.ts';

/**
 * Waits until all files below the directory are on the medium, so that none is still being written while the next store
 * is measured.
 */
export function settle(directory: string): void {
  for (const path of filesBelow(directory)) {
    const file = openSync(path, 'r+');
    try {
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  }
}
