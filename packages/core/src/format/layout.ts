/**
 * Where the fields of a fixed layout lie: one after the other, so that no offset is written down twice. The layouts are
 * stored: in version 1 of the format no field may move, grow or disappear.
 */

/** By field: the bytes that it takes, in the order of the fields. */
export type FieldSizes = Readonly<Record<string, number>>;

/** By field: its offset. `end` is the offset after the last one, where a variable part begins. */
export type Layout<Sizes extends FieldSizes> = { readonly [Field in keyof Sizes | 'end']: number };

export function layOut<Sizes extends FieldSizes>(sizes: Sizes): Layout<Sizes> {
  const offsets: Record<string, number> = {};
  let end = 0;
  for (const [field, sizeBytes] of Object.entries(sizes)) {
    offsets[field] = end;
    end += sizeBytes;
  }
  return { ...offsets, end } as Layout<Sizes>;
}
