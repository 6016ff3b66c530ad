/** A registry of structures as a writer's catalog keeps it. */
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
