/** What `reindex` did. */
export interface ReindexResult {
  /**
   * Position after which everything was rebuilt: at or before the given one, or where an index run ends that begins with dropped
   * events and cannot be rebuilt.
   */
  readonly from: number;
  /** Position of the last event. */
  readonly position: number;
  /** Entries of the position index that were missing or wrong. */
  readonly changedPositions: number;
  /**
   * Number of derived streams, and families of types or tags, whose events from before them were searched for again.
   */
  readonly backfills: number;
}
