import { describe, expect, it } from 'vitest';
import { tableIn, withTable } from './marked-tables.ts';

const page = `Before
<!-- Table "a": made by a program of bench/. -->
old
<!-- End of table "a". -->
After`;

describe('a marked table', () => {
  it('takes the place of the one before', () => {
    const changed = withTable(page, 'a', '| new |');
    expect(tableIn(changed, 'a')).toBe('| new |');
    expect(withTable(changed, 'a', 'old').replaceAll('\n\n', '\n')).toBe(page);
  });

  it('needs its place', () => {
    expect(() => withTable(page, 'b', 'new')).toThrow(/has no .*"b"/);
    expect(() => tableIn(page.replace('End', 'Start'), 'a')).toThrow(/has no .*"a"/);
  });
});
