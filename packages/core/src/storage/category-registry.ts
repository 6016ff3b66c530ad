/**
 * Which streams belong to a category: those that are named like it, or like it with `-` or `/` and something behind.
 * A category is looked for when it is asked for first; after that only names that came since are looked at.
 */
import type { ReadableCatalog } from './readable-catalog.ts';

/** Categories that are remembered; of more, the one asked for longest ago is looked for anew. */
const maxCategories = 256;

interface Category {
  /** All streams with ids up to this one have been looked at. */
  lookedUpTo: number;
  readonly ids: number[];
}

export class CategoryRegistry {
  private readonly categories = new Map<string, Category>();

  /** Ids of the category's streams, in the order in which they were made; later ones come behind earlier ones. */
  streamIds(catalog: ReadableCatalog, name: string): readonly number[] {
    const category = this.categories.get(name) ?? { lookedUpTo: 0, ids: [] };
    // Taken out and put back at the end: the first one in the map is the one asked for longest ago.
    this.categories.delete(name);
    this.categories.set(name, category);
    if (this.categories.size > maxCategories) this.forgetOldest();
    for (const stream of catalog.streamsAfter(category.lookedUpTo)) {
      category.lookedUpTo = stream.id;
      if (belongsTo(stream.name, name)) category.ids.push(stream.id);
    }
    return category.ids;
  }

  private forgetOldest(): void {
    const oldest = this.categories.keys().next();
    if (oldest.done !== true) this.categories.delete(oldest.value);
  }
}

function belongsTo(stream: string, category: string): boolean {
  if (!stream.startsWith(category)) return false;
  const next = stream[category.length];
  return next === undefined || next === '-' || next === '/';
}
