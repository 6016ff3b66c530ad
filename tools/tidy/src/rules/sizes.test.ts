import { describe, expect, it } from 'vitest';
import { SourceFile } from '../source-file.ts';
import { lowered } from '../size-record.ts';
import { measureSizes, sizeFindings } from './sizes.ts';

const nothing = { files: {}, functions: {} };

function linesOfCode(count: number): string {
  return 'call();\n'.repeat(count);
}

function foundIn(text: string, record: Parameters<typeof sizeFindings>[1] = nothing, path = 'src/a.ts'): string[] {
  return sizeFindings(measureSizes([new SourceFile(path, text)]), record).map((finding) => finding.found);
}

describe('sizes', () => {
  it('lets 300 lines pass, not 301', () => {
    expect(foundIn(linesOfCode(300))).toEqual([]);
    expect(foundIn(linesOfCode(301))).toEqual(['file has 301 lines, 300 are allowed']);
  });

  it.each([
    ['long', `function long() {\n${linesOfCode(69)}}\n`],
    ['long', `const long = () => {\n${linesOfCode(69)}};\n`],
    ['Store.long', `class Store {\nlong() {\n${linesOfCode(69)}}\n}\n`],
    ['Store.long', `class Store {\nlong = () => {\n${linesOfCode(69)}};\n}\n`],
    ['anonymous', `each(() => {\n${linesOfCode(69)}});\n`],
  ])('finds the function %s', (name, text) => {
    expect(foundIn(text)).toEqual([`function ${name} has 71 lines, 70 are allowed`]);
    expect(foundIn(text.replace('call();\n', ''))).toEqual([]);
  });

  it('measures tests, not the groups they stand in', () => {
    const group = `describe('x', () => {\nit('y', () => {});\n${linesOfCode(80)}});\n`;
    expect(foundIn(group, nothing, 'src/a.test.ts')).toEqual([]);
    const test = `describe('x', () => {\nit('y', () => {\n${linesOfCode(80)}});\n});\n`;
    expect(foundIn(test, nothing, 'src/a.test.ts')).toHaveLength(1);
  });

  it('lets a recorded size stand, and nothing above it', () => {
    const record = { files: { 'src/a.ts': 310 }, functions: {} };
    expect(foundIn(linesOfCode(310), record)).toEqual([]);
    expect(foundIn(linesOfCode(311), record)).toEqual(['file has 311 lines, 310 are allowed']);
  });

  it('asks to lower the record when a file has shrunk or gone', () => {
    const record = { files: { 'src/a.ts': 310 }, functions: { 'src/b.ts#gone': 80 } };
    expect(foundIn(linesOfCode(305), record)).toEqual([
      'file has shrunk to 305 lines, 310 are recorded',
      'function gone has shrunk to 0 lines, 80 are recorded',
    ]);
  });

  it('lowers the record, sorted, and never raises it', () => {
    const record = { files: { 'src/c.ts': 320, 'src/a.ts': 310, 'src/b.ts': 400 }, functions: { 'src/a.ts#f': 90 } };
    const now = { files: { 'src/a.ts': 305, 'src/b.ts': 200, 'src/c.ts': 330, 'src/d.ts': 999 }, functions: {} };
    const result = lowered(record, now);
    expect(result).toEqual({ files: { 'src/a.ts': 305, 'src/c.ts': 320 }, functions: {} });
    expect(Object.keys(result.files)).toEqual(['src/a.ts', 'src/c.ts']);
  });
});
