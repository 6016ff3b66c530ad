/** The date of an eight-byte MessagePack timestamp: 30 bits of nanoseconds, and 34 of seconds since 1970. */
export function dateAt(view: DataView, at: number): Date {
  const first = view.getUint32(at);
  const seconds = (first & 3) * 0x1_0000_0000 + view.getUint32(at + 4);
  return new Date((first >>> 2) / 1_000_000 + seconds * 1000);
}

/** The most bytes that `writeDate` takes. */
export const dateBytesMax = 10;

/** Writes a date from 1970 to 2105 and returns its end; undefined, with nothing written, for any other date. */
export function writeDate(date: Date, view: DataView, at: number): number | undefined {
  const timeMs = date.getTime();
  const seconds = Math.floor(timeMs / 1000);
  const restMs = timeMs - 1000 * seconds;
  if (!(timeMs >= 0) || seconds >= 0x1_0000_0000) return undefined;
  if (restMs === 0) {
    view.setUint16(at, 0xd6ff);
    view.setUint32(at + 2, seconds);
    return at + 6;
  }
  view.setUint16(at, 0xd7ff);
  view.setUint32(at + 2, restMs * 4_000_000);
  view.setUint32(at + 6, seconds);
  return at + 10;
}
