/** The README's examples: it shows what is in the files, and the files do what it says. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { EventStore } from '@varve/writer';
import { describe, expect, it } from 'vitest';

const examples = join(import.meta.dirname, 'readme');

/** The code of an example between its marks, with the import as users write it. */
function regionOf(name: string): string | undefined {
  const source = readFileSync(join(examples, `${name}.ts`), 'utf8');
  const region = /^\/\/ #region readme\n(.*)^\/\/ #endregion readme$/ms.exec(source)?.[1];
  return region?.replace("'../../src/index.ts'", "'@varve/projector'");
}

function start(name: string, cwd: string) {
  return spawn(process.execPath, [join(examples, `${name}.ts`)], { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
}

describe("the README's examples", () => {
  it('are the marked regions of the example files, in this order', () => {
    const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
    const blocks = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code);
    expect(blocks).toEqual(['balances', 'run', 'show'].map(regionOf));
  });

  it('do what the README says', async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'varve-projector-readme-'));
    const store = await EventStore.open('bank', { storageDirectory: join(cwd, 'data') });
    try {
      await store.commit('account-anna', [{ type: 'Deposited', account: 'anna', amount: 30 }]).flushed;
      await store.commit('account-anna', [{ type: 'Deposited', account: 'anna', amount: 12 }]).flushed;
      const program = start('run', cwd);
      const ended = once(program, 'exit');
      const [line] = (await once(createInterface({ input: program.stdout }), 'line')) as [string];
      expect(line).toBe('balances 2 0');
      program.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);
      expect(await text(start('show', cwd).stdout)).toBe('42 as of position 2\n');
    } finally {
      await store.close();
      rmSync(cwd, { recursive: true });
    }
  });
});
