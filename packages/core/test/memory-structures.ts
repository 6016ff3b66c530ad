/** A registry of structures, like the one in a writer's catalog. */
import type { StructureRegistry } from '../src/codec/msgpackr-codec.ts';

export class MemoryStructures implements StructureRegistry {
  readonly all: (readonly string[])[] = [];
  loads = 0;

  load(): readonly (readonly string[])[] {
    this.loads++;
    return this.all;
  }

  add(keys: readonly string[]): void {
    this.all.push([...keys]);
  }
}
