/**
 * Metadata of streams and partitions that are about to be created. The user's function is called once for each: hooks see the
 * result before the commit that creates the stream or partition, and the catalog keeps it.
 */
import { VarveError } from '@varve/core';
import { messageOf } from '@varve/core/internal';

type MetadataFunction = (name: string) => Record<string, unknown> | undefined;

const maxAsked = 4096;

export class NewMetadata {
  private readonly option: string;
  private readonly metadataOf: MetadataFunction | undefined;
  private readonly asked = new Map<string, Record<string, unknown> | undefined>();

  /** `option` is the name of the option through which `metadataOf` was given, for messages. */
  constructor(option: string, metadataOf: MetadataFunction | undefined) {
    this.option = option;
    this.metadataOf = metadataOf;
  }

  /** The metadata for this name. Throws what the user's function throws, and `INVALID_OPTION` when the result is no object. */
  of(name: string): Record<string, unknown> | undefined {
    if (this.metadataOf === undefined) return undefined;
    if (!this.asked.has(name)) {
      // Names whose commit was refused stay here. They are asked for again rather than kept without bound.
      if (this.asked.size >= maxAsked) this.asked.clear();
      this.asked.set(name, this.ask(this.metadataOf, name));
    }
    return this.asked.get(name);
  }

  /** The metadata for this name, for the catalog; forgets it here, as it is not needed again. */
  take(name: string): Record<string, unknown> | undefined {
    const metadata = this.of(name);
    this.asked.delete(name);
    return metadata;
  }

  private ask(metadataOf: MetadataFunction, name: string): Record<string, unknown> | undefined {
    const metadata: unknown = metadataOf(name) ?? undefined;
    if (metadata === undefined) return undefined;
    let kept: unknown;
    try {
      // As it will be read back: what the catalog cannot keep must be refused now. A `toJSON` may turn it into anything.
      kept = isObject(metadata) ? (JSON.parse(JSON.stringify(metadata)) as unknown) : undefined;
    } catch (error) {
      throw this.refused(name, metadata, messageOf(error));
    }
    if (isObject(kept)) return kept;
    throw this.refused(name, metadata, 'it is not an object');
  }

  private refused(name: string, found: unknown, why: string): VarveError {
    return new VarveError(
      'INVALID_OPTION',
      `The option \`${this.option}\` gave metadata for ${JSON.stringify(name)} that cannot be kept: ${why}.`,
      { found, expected: 'an object of JSON values, or undefined', hint: 'Nothing was committed. Return plain data.' },
    );
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
