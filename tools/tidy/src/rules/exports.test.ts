import { describe, expect, it } from 'vitest';
import { SourceFile } from '../source-file.ts';
import { exports } from './exports.ts';

function count(text: string, path = 'packages/core/src/index.ts'): number {
  return exports(new SourceFile(path, text)).length;
}

describe('exports', () => {
  it.each([
    "export * from './frame.ts';",
    "export * as frame from './frame.ts';",
    'export default 1;',
    'export default class {}',
    'const x = 1; export { x as default };',
  ])('finds %s', (text) => {
    expect(count(text)).toBe(1);
  });

  it('lets names pass, and a default where a tool wants one', () => {
    expect(count("export { frame, type Frame } from './frame.ts'; export const x = 1;")).toBe(0);
    expect(count('export default {};', 'vitest.config.ts')).toBe(0);
    expect(count("export * from './frame.ts';", 'vitest.config.ts')).toBe(1);
  });
});
