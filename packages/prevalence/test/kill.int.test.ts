/**
 * A system is killed with SIGKILL at random moments, again and again on the same store. After each kill its model is
 * what a plain fold of its journal gives, and no acknowledged command is missing. `VARVE_KILL_ROUNDS=300` runs the long
 * form.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SeededRandom } from '@varve/core/testing';
import { EventStore } from '@varve/writer';
import { expect, it } from 'vitest';
import { accounts } from './programs/accounts.ts';

const rounds = Number(process.env['VARVE_KILL_ROUNDS'] ?? 6);
const program = join(import.meta.dirname, 'programs/kill-writer.ts');

/**
 * Runs the writer, kills it `delayMs` after its first output, and returns the commands it reported as acknowledged, by
 * number.
 */
async function runAndKill(directory: string, seed: number, delayMs: number): Promise<Map<number, string>> {
  const child = spawn(process.execPath, [program, directory, String(seed)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (output === '') setTimeout(() => child.kill('SIGKILL'), delayMs);
    output += text;
  });
  await new Promise((resolve) => child.once('close', resolve));
  const lines = output.slice(0, output.lastIndexOf('\n')).split('\n').slice(1);
  return new Map(lines.filter(Boolean).map((line) => [Number(line.split(' ')[0]), line.slice(line.indexOf(' ') + 1)]));
}

it(
  `loses nothing that was acknowledged in ${rounds} rounds of SIGKILL`,
  { timeout: 20_000 + rounds * 5000 },
  async () => {
    const directory = mkdtempSync(join(tmpdir(), 'varve-kill-'));
    const random = new SeededRandom(Number(process.env['VARVE_SEED'] ?? 1));
    const acknowledged = new Map<number, string>();
    try {
      for (let round = 0; round < rounds; round++) {
        for (const [number, line] of await runAndKill(
          directory,
          random.between(1, 2 ** 31 - 2),
          random.between(0, 300),
        )) {
          acknowledged.set(number, line);
        }
        const store = await EventStore.open('bank', { storageDirectory: directory });
        const db = await accounts.open(store);
        const balances = new Map<string, number>();
        const journal = store.getEventStream<{ argument: { key: string; amount: number } }>(
          'prevalence-accounts',
        ).events;
        for (const { argument } of journal) {
          balances.set(argument.key, (balances.get(argument.key) ?? 0) + argument.amount);
        }
        expect(Object.fromEntries([...db.model.accounts].map(({ key, balance }) => [key, balance]))).toEqual(
          Object.fromEntries(balances),
        );
        expect(db.model.total).toBe(journal.length);
        expect(db.model.accounts.byParity.count(1)).toBe([...balances.values()].filter((n) => n % 2 === 1).length);
        for (const [number, line] of acknowledged) {
          const { key, amount } = journal[number - 1]!.argument;
          expect(`${key} ${amount}`).toBe(line);
        }
        await db.close();
        await store.close();
      }
      expect(acknowledged.size).toBeGreaterThan(rounds);
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
);
