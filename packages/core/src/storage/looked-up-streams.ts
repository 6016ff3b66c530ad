/**
 * Streams that were looked up and are kept in memory for the next time, each in the one place for its hash and the one for
 * its id, until another one takes the place. The number of places grows with use, up to a limit.
 */
import type { NamedEntry } from './readable-catalog.ts';

const minPlaces = 1024;
const maxPlaces = 65_536;

export class LookedUpStreams {
  private byHash: (NamedEntry | undefined)[] = [];
  private byId: (NamedEntry | undefined)[] = [];
  private mask = -1;
  /** Streams that were kept since the number of places last grew. */
  private kept = 0;

  named(name: string, hash: number): NamedEntry | undefined {
    const known = this.byHash[hash & this.mask];
    return known?.name === name ? known : undefined;
  }

  withId(id: number): NamedEntry | undefined {
    const known = this.byId[id & this.mask];
    return known?.id === id ? known : undefined;
  }

  keepName(entry: NamedEntry, hash: number): void {
    this.byHash[hash & this.mask] = entry;
  }

  keepId(entry: NamedEntry): void {
    if (++this.kept > this.byId.length && this.byId.length < maxPlaces) this.grow();
    this.byId[entry.id & this.mask] = entry;
  }

  /** Entries kept by name are dropped, because their places have changed; they return when they are looked up again. */
  private grow(): void {
    const places = Math.max(minPlaces, this.byId.length * 2);
    const before = this.byId;
    this.mask = places - 1;
    this.kept = 0;
    this.byHash = Array.from({ length: places });
    this.byId = Array.from({ length: places });
    for (const entry of before) if (entry !== undefined) this.byId[entry.id & this.mask] = entry;
  }
}
