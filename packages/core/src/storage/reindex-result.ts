/** What `reindex` did. */
export interface ReindexResult {
  /**
   * Position behind which everything was made again: at or before the one that was given, or where an index run ends that begins
   * with dropped events, and cannot be made again.
   */
  readonly from: number;
  /** Position of the last event. */
  readonly position: number;
  /** Entries of the position index that were missing or wrong. */
  readonly changedPositions: number;
  /** Derived streams, and families of types or tags, whose events from before them were found again. */
  readonly backfills: number;
}
