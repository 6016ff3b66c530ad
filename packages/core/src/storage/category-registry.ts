/**
 * Which streams belong to a category: those that are named like it, or like it followed by `-` or `/` and more. A
 * category is searched on its first use; after that only names added since are checked.
 */
import type { ReadableCatalog } from './readable-catalog.ts';

/** Categories that are remembered; when there are more, the least recently used one is searched again. */
const maxCategories = 256;

interface Category {
  /** All streams with ids up to this one have been checked. */
  lookedUpTo: number;
  readonly ids: number[];
}

export class CategoryRegistry {
  private readonly categories = new Map<string, Category>();

  /** Ids of the category's streams, in the order of their creation; later ones are appended. */
  streamIds(catalog: ReadableCatalog, name: string): readonly number[] {
    const category = this.categories.get(name) ?? { lookedUpTo: 0, ids: [] };
    // Removed and put back at the end, so that the first one in the map is the least recently used.
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
