/** The messages between the job and its writer process. */

/** Everything that a writer process needs to know. */
export interface WriterSettings {
  /** The directory that holds the store's folder. */
  readonly storageDirectory: string;
  /** How many flights of the file to write in total. */
  readonly flights: number;
  readonly eventsPerSecond: number;
}

export type JobMessage =
  | { readonly type: 'write'; readonly settings: WriterSettings }
  /** The writer may continue until the store has this position. */
  | { readonly type: 'allow'; readonly upTo: number }
  | { readonly type: 'stop' };

/** The store is open and has this position. */
export interface WriterMessage {
  readonly type: 'open';
  readonly position: number;
}
