import { describe, expect, it } from 'vitest';
import { SourceFile } from '../source-file.ts';
import { leftovers } from './leftovers.ts';

const source = 'packages/core/src/store/store.ts';
const test = 'packages/core/src/store/store.test.ts';

/** The forbidden words, split so that this file does not break the rule itself. */
function joined(...parts: string[]): string {
  return parts.join('');
}

function foundIn(text: string, path = source): string[] {
  return leftovers(new SourceFile(path, text)).map((finding) => finding.found);
}

describe('leftovers', () => {
  it.each([joined('TO', 'DO'), joined('FIX', 'ME'), joined('X', 'XX'), joined('HA', 'CK')])(
    'finds %s in code and prose',
    (word) => {
      expect(foundIn(`// ${word}: later`)).toEqual([`a reminder (${word})`]);
      expect(foundIn(`Some prose, ${word}.`, 'docs/format.md')).toHaveLength(1);
      expect(foundIn(`const x${word} = 1;`)).toEqual([]);
    },
  );

  it('finds prints in a library, not in a program', () => {
    expect(foundIn('console.log(1);')).toHaveLength(1);
    expect(foundIn('console.error(1);')).toHaveLength(1);
    expect(foundIn('console.log(1);', 'packages/examples/src/flights/main.ts')).toEqual([]);
    expect(foundIn('console.log(1);', 'bench/src/main.ts')).toEqual([]);
  });

  it('finds casts that switch the types off', () => {
    expect(foundIn('const x = y as any;')).toEqual(['a cast to any']);
    expect(foundIn('const x = y as unknown as Position;')).toEqual(['a cast through unknown']);
    expect(foundIn('const x = y as unknown as Position;', test)).toEqual([]);
    expect(foundIn('const x = y as Position;')).toEqual([]);
  });

  it.each([
    joined('eslint-', 'disable-next-line'),
    joined('oxlint-', 'disable'),
    joined('@ts-', 'ignore'),
    joined('@ts-', 'nocheck'),
  ])('finds %s', (comment) => {
    expect(foundIn(`// ${comment}\nconst x = 1;`)).toHaveLength(1);
  });

  it('finds focused and empty tests, and skipped ones without a reason', () => {
    expect(foundIn("it.only('works', () => {});", test)).toEqual(['a focused test']);
    expect(foundIn("describe.only('x', () => {});", test)).toEqual(['a focused test']);
    expect(foundIn("it.todo('works');", test)).toEqual(['an empty test']);
    expect(foundIn("it.skip('works', () => {});", test)).toEqual(['a skipped test']);
    expect(foundIn("// Needs a second disk.\nit.skip('works', () => {});", test)).toEqual([]);
    expect(foundIn("it.skipIf(!rsync)('copies', () => {});", test)).toEqual([]);
    expect(foundIn('iterator.skip(3);', test)).toEqual([]);
  });
});
