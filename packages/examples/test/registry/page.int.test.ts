/** The page of the registry as served: every text of the original, in its order. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RegistryProcess } from './registry-process.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'registry-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

/** The text of a page, without its elements. */
function textOf(html: string): string {
  const [, body = ''] = html.split(/<body[^>]*>/);
  return body
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .replaceAll('&gt;', '>')
    .trim();
}

describe('the page', () => {
  it('has the texts, the form and the buttons of the original', async () => {
    await using registry = new RegistryProcess(directory);
    const page = await (await fetch(await registry.url)).text();
    const texts = [
      'ΛↃ LAMBDA COMBINE',
      'Integrated Tracking Systems Division -- REP-DETECT Terminal v.2019',
      'Replicant Registration Database',
      'LAPD Blade Runner Division -- Tyrell Corp. Subcontract LC-2018-BR',
      'AT-LARGE: 4 | RETIRED: 0 | MODELS: Nexus-6, Nexus-7',
      'DESIGNATION MODEL ROLE INCEPT STATUS SIGHTINGS LAST SEEN',
      'N6MAA10816 Nexus-6 Combat 2016-01-08 AT-LARGE 0 - SIGHT RETIRE',
      'N6FAB21416 Nexus-6 Pleasure 2016-02-14 AT-LARGE 0 - SIGHT RETIRE',
      'N6MAC41717 Nexus-6 Loader 2017-04-10 AT-LARGE 0 - SIGHT RETIRE',
      'N7FAB00001 Nexus-7 Experimental -- AT-LARGE 0 - SIGHT RETIRE',
      'REPORT UNREGISTERED UNIT: Nexus-6 Nexus-7 Nexus-8 SPAWN',
      '> TRANSMITTING RETIREMENT ORDER TO CENTRAL...',
      'ΛↃ Lambda Combine · Integrated Tracking Systems · Persistent prevalence store:',
    ];
    let from = 0;
    const text = textOf(page);
    for (const each of texts) {
      expect(text.slice(from)).toContain(each);
      from = text.indexOf(each, from) + each.length;
    }
    const fields = [...page.matchAll(/<input[^>]*placeholder="(\w+)"[^>]*data-bind="(\w+)"[^>]*maxlength="(\d+)"/g)];
    expect(fields.map(([, ...found]) => found)).toEqual([
      ['Designation', 'designation', '10'],
      ['Role', 'role', '10'],
      ['Incept', 'incept', '10'],
    ]);
  });
});
