/** The date of MessagePack's timestamp of eight bytes: 30 bits of nanoseconds, and 34 of seconds since 1970. */
export function dateAt(view: DataView, at: number): Date {
  const first = view.getUint32(at);
  const seconds = (first & 3) * 0x1_0000_0000 + view.getUint32(at + 4);
  return new Date((first >>> 2) / 1_000_000 + seconds * 1000);
}
