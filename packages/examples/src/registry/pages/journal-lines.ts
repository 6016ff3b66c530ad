/** The latest commands of the journal, as the page shows them. */
import type { ReadableEventStore } from '@varve/core';
import type { JournalEvent } from '@varve/prevalence';

export interface JournalLine {
  readonly position: number;
  readonly time: Date;
  readonly command: string;
  /** As JSON, truncated when it is long. */
  readonly argument: string;
}

const maxArgumentLength = 200;

/** The latest `count` commands, newest first. */
export function journalLines(store: ReadableEventStore, count: number): JournalLine[] {
  const lines: JournalLine[] = [];
  const newest = store.getEventStream<JournalEvent>('prevalence-registry').last(count).backwards();
  newest.forEach((event, { position }) => {
    const isCommand = event.type === 'Command';
    const argument = isCommand ? (JSON.stringify(event.argument) ?? '') : '';
    lines.push({
      position,
      time: new Date(event.time / 1000),
      command: isCommand ? event.command : 'a change without a name',
      argument: argument.length > maxArgumentLength ? `${argument.slice(0, maxArgumentLength)}...` : argument,
    });
  });
  return lines;
}
