/**
 * Waits until a consumer has saved a state that contains certain events, whichever process runs it. The consumer may
 * never save exactly this position: what counts is that none of its events up to there is missing.
 */
import { waitUntil, type WaitOptions } from '../clock/wait-until.ts';
import { toPosition } from '../position.ts';
import { EventReader } from '../storage/event-reader.ts';
import type { ReadableStorage } from '../storage/readable-storage.ts';
import { checkPosition, waitForPosition } from '../storage/wait-for-position.ts';
import type { ConsumedSource } from './consumed-source.ts';
import { ConsumerFile } from './consumer-file.ts';
import { consumerPlace } from './consumer-place.ts';
import { ConsumerSource } from './consumer-source.ts';
import { type ConsumerState, loadPatiently } from './consumer-state.ts';

export async function waitForSavedState<State>(
  storage: ReadableStorage,
  consumed: ConsumedSource,
  consumerId: string,
  position: number,
  options: WaitOptions,
): Promise<ConsumerState<State>> {
  checkPosition(storage, position);
  const { clock, fileSystem, pollIntervalMs } = storage.options;
  const place = consumerPlace(storage, consumed, consumerId);
  const file = new ConsumerFile(place.file);
  const startedUs = clock.nowUs();
  await waitForPosition(storage, position, options);
  const { name, source: read } = place;
  let result: ConsumerState<State> = { position: toPosition(0), state: undefined as State };
  const source = new ConsumerSource(storage, { ...read, readUndurable: true });
  await waitUntil(
    {
      clock,
      goal: `a saved state of the consumer ${name} with all events up to position ${position}`,
      isReached: () => {
        storage.assertOpen();
        const visible = storage.visiblePosition;
        // The store was cut back since, and has not reached the position again.
        if (visible < position) return false;
        // The head of the file is enough to see that the consumer is not there yet.
        const saved = file.peekPosition();
        if (saved === undefined) return false;
        if (read.source.versionAt(Math.min(saved, visible)) < read.source.versionAt(position)) return false;
        const checkpoint = loadPatiently(file);
        if (checkpoint === undefined || checkpoint.position < saved) return false;
        if (!source.contains(checkpoint, new EventReader(storage))) return false;
        result = { position: toPosition(checkpoint.position), state: checkpoint.state as State };
        return true;
      },
      subscribe: (wake) => {
        const watch = fileSystem.watch(place.file.directory, wake);
        let timer = clock.setTimer(tick, pollIntervalMs);
        function tick(): void {
          timer = clock.setTimer(tick, pollIntervalMs);
          wake();
        }
        storage.on('close', wake);
        return () => {
          storage.off('close', wake);
          timer.cancel();
          watch?.close();
        };
      },
    },
    remaining(options, (clock.nowUs() - startedUs) / 1000),
  );
  return result;
}

function remaining(options: WaitOptions, passedMs: number): WaitOptions {
  const { timeoutMs } = options;
  return timeoutMs === undefined ? options : { ...options, timeoutMs: Math.max(0, timeoutMs - passedMs) };
}
