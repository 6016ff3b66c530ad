/** Waits until there is a store in a directory that may not exist yet either: for readers that are started first. */
import { waitUntil, type WaitOptions } from '../clock/wait-until.ts';
import { watchForAppearance } from '../file-system/appearance.ts';
import { nodeFileSystem } from '../file-system/node-file-system.ts';
import { fileNames } from '../format/file-names.ts';
import { resolveReadOptions, type ReadOptions } from './read-options.ts';
import { accessible, findStore } from './store-description.ts';

/** Throws `NOT_A_STORE`, `NEWER_FORMAT` or `STORE_UNAVAILABLE` when what comes to be there cannot be opened. */
export async function waitForStore(directory: string, options: ReadOptions, wait: WaitOptions): Promise<void> {
  const { fileSystem, clock, watch, pollIntervalMs } = resolveReadOptions(options);
  const path = `${directory}/${fileNames.store}`;
  await waitUntil(
    {
      clock,
      goal: `a store in ${directory}`,
      isReached: () => {
        // Empty while a copying tool has made it and not written it yet.
        const sizeBytes = accessible(path, () => fileSystem.stat(path)?.sizeBytes ?? 0);
        return sizeBytes > 0 && findStore(fileSystem, directory) !== undefined;
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
