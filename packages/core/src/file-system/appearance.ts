/**
 * Reports when something appears at a path, even where the folders above it do not exist yet. Uses chokidar, which
 * handles the differences between platforms; its delay of some 50 ms does not matter here. A hint only: whoever waits
 * also polls on a timer, which is what counts on network file systems.
 */
import type { Watch } from './file-system.ts';

/** Loads chokidar only when somebody waits: a process that finds its store does without it. */
export function watchForAppearance(path: string, listener: () => void): Watch {
  let close: () => void = () => undefined;
  let isClosed = false;
  import('chokidar').then(
    ({ watch }) => {
      if (isClosed) return;
      const watcher = watch(path, { persistent: false, atomic: false, ignorePermissionErrors: true });
      watcher.on('all', listener).on('error', () => undefined);
      close = () => void watcher.close();
    },
    () => undefined,
  );
  return {
    close() {
      isClosed = true;
      close();
    },
  };
}
