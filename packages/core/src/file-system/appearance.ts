/**
 * Tells when something comes to be at a path, also where the folders above it are not there yet. With chokidar, which
 * knows the ways of each platform; it takes some 50 ms, which does not matter here. A hint only: whoever waits looks by
 * a timer as well, which is what counts on network file systems.
 */
import type { Watch } from './file-system.ts';

/** Loaded when somebody waits: a process that finds its store does without it. */
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
