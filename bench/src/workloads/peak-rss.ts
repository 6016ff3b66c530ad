/**
 * The highest resident memory of this process so far. It counts the pages of a memory-mapped file like any other,
 * although the operating system may reclaim those at any time.
 */
export function peakRssBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}
