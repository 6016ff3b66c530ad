/**
 * Executes commands endlessly on the store in the given folder, and reports the acknowledged ones on standard output,
 * one line `<key> <amount> <balance>` each. To be killed at any moment.
 */
import { writeSync } from 'node:fs';
import { EventStore } from '@varve/writer';
import { accounts } from './accounts.ts';

const [storageDirectory = '', seedText = '1'] = process.argv.slice(2);
const store = await EventStore.open('bank', { storageDirectory });
const db = await accounts.open(store);
writeSync(1, `open ${db.model.total}\n`);
let state = Number(seedText);
const next = (limit: number): number => (state = (state * 48_271) % 2_147_483_647) % limit;
await Promise.all(
  Array.from({ length: 4 }, async (_, caller) => {
    for (;;) {
      const key = `k${next(20)}`;
      const amount = next(100);
      const acknowledge = next(3) === 0 ? 'durable' : 'flushed';
      const number = await db.do.deposit({ key, amount, caller }, { acknowledge });
      writeSync(1, `${number} ${key} ${amount}\n`);
      if (next(40) === 0) await db.do.fail({ key, amount, caller }).catch(() => undefined);
    }
  }),
);
