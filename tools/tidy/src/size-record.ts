/**
 * The record of sizes that were already over the limit: `size-record.json`, sorted, by path (files) and path#name
 * (functions). It may only shrink. `npm run tidy -- --update` lowers it to the present sizes; a new entry is added by
 * hand and shows in the diff.
 */
export interface SizeRecord {
  readonly files: Readonly<Record<string, number>>;
  readonly functions: Readonly<Record<string, number>>;
}

export const sizeLimits = { file: 300, function: 70 };

/** The record with every entry lowered to its present size, without those that are back under the limit. */
export function lowered(record: SizeRecord, now: SizeRecord): SizeRecord {
  return {
    files: lowerEach(record.files, now.files, sizeLimits.file),
    functions: lowerEach(record.functions, now.functions, sizeLimits.function),
  };
}

export function serializeSizeRecord(record: SizeRecord): string {
  return `${JSON.stringify(record, null, 2)}\n`;
}

function lowerEach(
  recorded: Readonly<Record<string, number>>,
  now: Readonly<Record<string, number>>,
  limit: number,
): Record<string, number> {
  const result: Record<string, number> = {};
  for (const key of Object.keys(recorded).toSorted()) {
    const size = Math.min(recorded[key]!, now[key] ?? 0);
    if (size > limit) result[key] = size;
  }
  return result;
}
