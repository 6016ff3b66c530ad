/** Compares an event in the store with the one that the plan has at its place. */
import { isDeepStrictEqual } from 'node:util';
import type { StoredEvent } from '@varve/core';
import type { PlannedCommit } from './commit-plan.ts';

/** The difference as a sentence; undefined when the event equals the planned one in every field. */
export function describeMismatch(stored: StoredEvent, planned: PlannedCommit): string | undefined {
  const { stream, payload, metadata } = stored;
  const place = { position: metadata.position, stream, streamVersion: metadata.streamVersion, event: payload };
  if (isDeepStrictEqual(place, planned)) return undefined;
  return `position ${planned.position}: ${JSON.stringify(place)} instead of ${JSON.stringify(planned)}`;
}
