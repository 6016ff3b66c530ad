import { expect, it } from 'vitest';
import { SourceFile } from '../source-file.ts';
import { links } from './links.ts';

const paths = ['README.md', 'docs/format.md', 'docs/decisions/0001-tooling.md'];

function foundIn(text: string): string[] {
  return links(new SourceFile('docs/format.md', text), paths).map((finding) => finding.found);
}

it('finds links to files that are not there', () => {
  expect(foundIn('See [errors](errors.md#codes) and [the map](../ARCHITECTURE.md).')).toEqual([
    'a link to errors.md',
    'a link to ../ARCHITECTURE.md',
  ]);
});

it('lets links to files, folders, headings and other sites pass', () => {
  expect(
    foundIn('[a](../README.md) [b](decisions/) [c](#frame) [d](https://example.org) [e](./format.md#head)'),
  ).toEqual([]);
});
