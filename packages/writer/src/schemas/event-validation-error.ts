/** The error for an event that its schema refuses. */
import { VarveError } from '@varve/core';
import type { SchemaIssue } from './standard-schema.ts';

/** An event does not satisfy the schema of its type: nothing of its commit was written. */
export class EventValidationError extends VarveError {
  override readonly name = 'EventValidationError';
  readonly eventType: string;
  /** Number of the event in its commit, from 0. */
  readonly index: number;
  /** What the schema found wrong, as its library reports it. */
  readonly issues: readonly SchemaIssue[];

  constructor(stream: string, eventType: string, index: number, issues: readonly SchemaIssue[]) {
    super(
      'INVALID_EVENT',
      `Event ${index} of a commit to stream ${JSON.stringify(stream)} is no valid ${JSON.stringify(eventType)}: ` +
        `${issues.map(describeIssue).join('; ')}.`,
      { stream, hint: 'Nothing was committed.' },
    );
    this.eventType = eventType;
    this.index = index;
    this.issues = issues;
  }
}

function describeIssue({ message, path = [] }: SchemaIssue): string {
  const keys = path.map((key) => String(typeof key === 'object' ? key.key : key));
  return keys.length === 0 ? message : `${keys.join('.')}: ${message}`;
}
