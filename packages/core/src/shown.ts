/**
 * How objects that hold a whole store are shown by `console.log`: by the facts of their `toJSON`. All that they are made of
 * is hundreds of lines, and the secrets that were given as options are in them.
 */
import { inspect } from 'node:util';

export function shown(of: { toJSON(): object }): string {
  return `${of.constructor.name} ${inspect(of.toJSON())}`;
}
