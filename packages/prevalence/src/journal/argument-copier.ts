/**
 * Copies a command's argument in the form in which the journal will return it: the handler receives what a replay will
 * receive, and no one can change it in the meantime.
 */
import { VarveError } from '@varve/core';
import { type Codec, messageOf } from '@varve/core/internal';
import { frozenCopy } from '../model/plain-value.ts';

const name = 'argument';

export class ArgumentCopier {
  private readonly codec: Codec;

  constructor(codec: Codec) {
    this.codec = codec;
  }

  /** A frozen copy. Throws `INVALID_VALUE` for a value that is not plain data, `SERIALIZATION` for one that the codec refuses. */
  copy(argument: unknown): unknown {
    // The default codec preserves every plain value; for any other codec, the copy is what it reads back.
    if (this.codec.name === 'msgpackr') return frozenCopy(argument, name);
    return frozenCopy(this.readBack(frozenCopy(argument, name)), name);
  }

  private readBack(argument: unknown): unknown {
    const { codec } = this;
    try {
      codec.encode({ argument });
      const { bytes, start, end } = codec.encoded;
      return (codec.decode(bytes, start, end) as { readonly argument?: unknown }).argument;
    } catch (cause) {
      throw new VarveError('SERIALIZATION', `The argument of a command cannot be serialized: ${messageOf(cause)}.`, {
        cause,
        hint: 'Nothing was changed. Pass what the serializer of the store keeps.',
      });
    }
  }
}
