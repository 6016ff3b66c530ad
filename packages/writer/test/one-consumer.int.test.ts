/** One process at a time runs a consumer: the next one is told which process that is, and may run it as soon as that is gone. */
import { hostname } from 'node:os';
import { type Consumer, ReadOnlyEventStore } from '@varve/core';
import { expect, it } from 'vitest';
import { EventStore } from '../src/index.ts';
import { Child } from './processes/child.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const program = new URL('./processes/hold-consumer.ts', import.meta.url);

async function runToEnd(consumer: Consumer<{ count: number }>, position: number): Promise<number> {
  const stop = new AbortController();
  const run = consumer.run(() => consumer.setState(({ count }) => ({ count: count + 1 })), stop);
  await Promise.race([consumer.waitFor(position), run]);
  stop.abort();
  await run;
  return consumer.state.count;
}

it('A consumer is taken over at once from a process that was killed, and never from one that stands still', async () => {
  const storageDirectory = temporaryDirectory();
  await using writer = await EventStore.open('shop', { storageDirectory });
  await using reader = await ReadOnlyEventStore.open('shop', { storageDirectory });
  for (let round = 1; round <= 3; round++) {
    await writer.commit('numbers', [{ n: 1 }, { n: 2 }]).flushed;
    const holder = new Child(program, [storageDirectory]);
    expect(await holder.next()).toEqual({ position: round * 2 });
    const processId = holder.process.pid!;
    const refused = {
      code: 'CONSUMER_IN_USE',
      message: expect.stringContaining(`by process ${processId} on ${hostname()}`) as string,
      found: expect.objectContaining({ processId, host: hostname() }) as object,
    };
    const second = reader.getConsumer('_all', 'held', { count: 0 });
    await expect(second.run(() => undefined)).rejects.toMatchObject(refused);
    expect(() => second.reset()).toThrow(expect.objectContaining({ code: 'CONSUMER_IN_USE' }));
    holder.process.kill('SIGSTOP');
    await expect(second.run(() => undefined)).rejects.toMatchObject(refused);
    await holder.kill();
    expect(await runToEnd(second, round * 2)).toBe(round * 2);
  }
});
