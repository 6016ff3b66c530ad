/** Compares docs/repair.md with the findings and options. */
import { describe, expect, it } from 'vitest';
import { DocPage } from '../../test/doc-page.ts';
import { exportRules } from '../salvage/export-events.ts';
import { findingKinds } from './finding.ts';
import { verifyRules } from './verify-store.ts';

const page = new DocPage('repair.md');
const plain = (text: string | undefined): string => (text ?? '').replaceAll('`', '');

describe('docs/repair.md', () => {
  it('lists every finding, with its harm and what to do', () => {
    const rows = page.table('What it may find');
    const documented = rows.map(({ code, harm, what, 'what to do': remedy }) => [
      code,
      harm,
      plain(what),
      plain(remedy),
    ]);
    const expected = Object.entries(findingKinds).map(([code, { harm, what, remedy }]) => {
      return [code, harm, plain(what), plain(remedy)];
    });
    expect(documented).toEqual(expected);
  });

  it('explains every harm', () => {
    const harms = page.rowsOfTablesWith('what is lost by whoever does nothing').map(({ harm }) => harm);
    expect(new Set(harms)).toEqual(new Set(Object.values(findingKinds).map(({ harm }) => harm)));
  });

  it.each([
    ['Options', verifyRules],
    ['Getting out what is whole', exportRules],
  ])('lists all options, under "%s"', (heading, rules) => {
    const documented = page.table(heading).flatMap(({ option }) => plain(option).split(', '));
    expect(documented.toSorted()).toEqual(Object.keys(rules).toSorted());
  });
});
