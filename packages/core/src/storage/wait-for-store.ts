/**
 * Waits until there is a store in a directory, which need not exist yet either, with its head where there is something to
 * read: for readers that are started first, beside a writer or a copy in progress.
 */
import { waitUntil, type WaitOptions } from '../clock/wait-until.ts';
import { watchForAppearance } from '../file-system/appearance.ts';
import { nodeFileSystem } from '../file-system/node-file-system.ts';
import { fileNames } from '../format/file-names.ts';
import { lacksHead } from './head-file.ts';
import { resolveReadOptions, type ReadOptions } from './read-options.ts';
import { accessible, findStore } from './store-description.ts';
import { findPlaces } from './store-places.ts';

/** Throws `NOT_A_STORE`, `NEWER_FORMAT`, `WRONG_DIRECTORY` or `STORE_UNAVAILABLE` when what appears there cannot be opened. */
export async function waitForStore(directory: string, options: ReadOptions, wait: WaitOptions): Promise<void> {
  const resolved = resolveReadOptions(options);
  const { fileSystem, clock, watch, pollIntervalMs } = resolved;
  const path = `${directory}/${fileNames.store}`;
  await waitUntil(
    {
      clock,
      goal: `a store in ${directory}`,
      isReached: () => {
        // Empty while a copying tool has created the file and not written it yet.
        const sizeBytes = accessible(path, () => fileSystem.stat(path)?.sizeBytes ?? 0);
        const description = sizeBytes > 0 ? findStore(fileSystem, directory) : undefined;
        if (description === undefined) return false;
        const { dataDirectory } = findPlaces(directory, resolved, description);
        return !accessible(directory, () => lacksHead(fileSystem, directory, dataDirectory));
      },
      subscribe: (wake) => {
        const appearance = watch && fileSystem === nodeFileSystem ? watchForAppearance(path, wake) : undefined;
        let timer = clock.setTimer(look, pollIntervalMs);
        function look(): void {
          timer = clock.setTimer(look, pollIntervalMs);
          wake();
        }
        return () => {
          timer.cancel();
          appearance?.close();
        };
      },
    },
    wait,
  );
}
