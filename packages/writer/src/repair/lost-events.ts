/** What a repair removes: which events of which streams and commits, and which of them can no longer be read. */
import { exportEvents, type ExportOptions, type PositionRange, type StoredEvent } from '@varve/core';

export interface LostStream {
  readonly stream: string;
  /** Number of events that are cut off, and their versions. */
  readonly events: number;
  readonly firstVersion: number;
  readonly lastVersion: number;
}

export interface LostEvents {
  /** All positions that are cut off; undefined when there are none. */
  readonly positions: PositionRange | undefined;
  /** Those of them that cannot be read: nothing more is known of these events. */
  readonly unreadable: readonly PositionRange[];
  /** Number of whole events, which are exported before they are cut off. */
  readonly readableEvents: number;
  /** Details of the readable events. */
  readonly streams: readonly LostStream[];
  readonly commits: number;
  /** Ids of the first 1000 commits. */
  readonly commitIds: readonly string[];
}

const maxCommitIds = 1000;

/** Goes through everything after `lastPosition`; `keep` gets each event that is whole. */
export async function findLost(
  directory: string,
  lastPosition: number,
  promised: number,
  options: ExportOptions,
  keep: (event: StoredEvent) => void,
): Promise<LostEvents> {
  const streams = new Map<string, { first: number; last: number; events: number }>();
  const commitIds: string[] = [];
  let [commits, lastCommit] = [0, ''];
  if (promised <= lastPosition) {
    return { positions: undefined, unreadable: [], readableEvents: 0, streams: [], commits: 0, commitIds: [] };
  }
  const exported = exportEvents(directory, { ...options, from: lastPosition + 1 });
  for await (const event of exported) {
    const { stream, metadata } = event;
    const { streamVersion, commitId } = metadata;
    const known = streams.get(stream);
    streams.set(stream, {
      first: known?.first ?? streamVersion,
      last: streamVersion,
      events: (known?.events ?? 0) + 1,
    });
    if (commitId !== lastCommit) {
      commits++;
      lastCommit = commitId;
      if (commitIds.length < maxCommitIds) commitIds.push(commitId);
    }
    keep(event);
  }
  return {
    positions: { from: lastPosition + 1, to: promised },
    unreadable: exported.gaps.map(({ from, to }) => ({ from, to })),
    readableEvents: exported.eventCount,
    streams: [...streams].map(([stream, { first, last, events }]) => {
      return { stream, events, firstVersion: first, lastVersion: last };
    }),
    commits,
    commitIds,
  };
}
