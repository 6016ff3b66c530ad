/**
 * Copies the argument of a command as it is going to be read from the journal: the handler gets now what it will get
 * when it is done again, and nobody can change it meanwhile.
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

  /** A frozen copy. Throws `INVALID_VALUE` for what is no plain data, `SERIALIZATION` for what the codec refuses. */
  copy(argument: unknown): unknown {
    // The default codec keeps everything that a plain value can be; another one is asked.
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
