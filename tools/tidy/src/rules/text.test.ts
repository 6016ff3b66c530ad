import { describe, expect, it } from 'vitest';
import { SourceFile } from '../source-file.ts';
import { text } from './text.ts';

/** The forbidden text, split so that this file does not contain it. */
function joined(...parts: string[]): string {
  return parts.join('');
}

function foundIn(content: string, path = 'packages/core/src/store/store.ts'): string[] {
  return text(new SourceFile(path, content)).map((finding) => finding.found);
}

describe('text', () => {
  it('finds long lines in code, not in prose', () => {
    const line = `// ${'x'.repeat(140)}`;
    expect(foundIn(line)).toEqual(['a line of 143 characters']);
    expect(foundIn(line, 'docs/format.md')).toEqual([]);
    expect(foundIn('x'.repeat(140))).toEqual([]);
  });

  it.each(['home', 'Users', 'root', 'work'])('finds a path below /%s', (folder) => {
    expect(foundIn(`const path = '${joined('/', folder)}/somebody/store';`)).toEqual(['a path of one machine']);
  });

  it('lets other paths pass', () => {
    expect(
      foundIn("const path = '/tmp/store'; const url = 'https://example.org/home/x'; import '../work/x.ts'"),
    ).toEqual([]);
  });

  it('finds registry hosts', () => {
    expect(foundIn(joined('"resolved": ', '"https://example.org/x.tgz"'), 'package-lock.json')).toHaveLength(1);
    expect(foundIn(joined('see registry', '.npmjs.org'), 'docs/x.md')).toHaveLength(1);
    expect(foundIn('"resolved": "packages/core",', 'package-lock.json')).toEqual([]);
  });
});
