/**
 * The highest resident memory of this process so far. It counts the pages of a memory-mapped file like any other,
 * although the system may take those back whenever it wants to.
 */
export function peakRssBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}
