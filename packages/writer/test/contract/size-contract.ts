/** Large and many, in every variant of a store. */
import { expect, it } from 'vitest';
import type { Fixture } from './subject.ts';

/** Names that mean something to a file system, to JavaScript or to people. */
const awkwardNames: readonly string[] = [
  '../../etc/passwd',
  'a/b/c',
  '/',
  '.',
  '..',
  'con',
  'NUL',
  'nul\0byte',
  '__proto__',
  'constructor',
  'Order',
  'order',
  'ORDER',
  ' ',
  'x'.repeat(1024),
  'é',
  'e\u0301',
  '日本語',
  '😀'.repeat(100),
  '%2e%2e',
  '_all ',
  '-',
  '0',
];

export function sizeContract(fixture: () => Fixture): void {
  it('keeps events that are larger than a cache block, a segment and the write buffer', async () => {
    const { writer } = fixture();
    const large = Array.from({ length: 4 }, (_, n) => ({ n, text: `${n}ä`.repeat(20_000 + n * 30_000) }));
    writer.commit('small', { n: -1 });
    writer.commit('large', large[0]!);
    writer.commit('large', [large[1]!, { n: 'between' }, large[2]!]);
    writer.commit('small', { n: -2 });
    writer.commit('large', large[3]!, { note: 'm'.repeat(20_000) });
    const reader = await fixture().reader();
    expect(reader.getEventStream('large').events).toEqual([large[0], large[1], { n: 'between' }, large[2], large[3]]);
    expect(reader.getEventStream('small').events).toEqual([{ n: -1 }, { n: -2 }]);
    expect(reader.readEvent(7).metadata['note']).toBe('m'.repeat(20_000));
  });

  it('keeps many commits, over many segments and flushes', async () => {
    const { writer } = fixture();
    for (let n = 1; n <= 400; n++) {
      writer.commit(`s${n % 5}`, n % 7 === 0 ? [{ n }, { n, again: true }] : { n });
      if (n % 50 === 0) await writer.commit('flushed', { n }).flushed;
    }
    const reader = await fixture().reader();
    const all = [...reader.getAllEvents().stored()];
    expect(all.map(({ metadata }) => metadata.position)).toEqual(Array.from(all, (_, index) => index + 1));
    expect(all).toHaveLength(400 + 57 + 8);
    for (let stream = 0; stream < 5; stream++) {
      const events = [...reader.getEventStream(`s${stream}`).stored()];
      expect(events.map(({ metadata }) => metadata.streamVersion)).toEqual(Array.from(events, (_, index) => index + 1));
      expect(events.every(({ payload }) => (payload as { n: number }).n % 5 === stream)).toBe(true);
    }
  });

  it('keeps many streams apart', async () => {
    const { writer } = fixture();
    for (let round = 0; round < 2; round++) {
      for (let n = 0; n < 150; n++) writer.commit(`stream ${n}`, { n, round });
    }
    const reader = await fixture().reader();
    expect(reader.streamNames()).toHaveLength(150);
    for (let n = 0; n < 150; n++) {
      expect(reader.getEventStream(`stream ${n}`).events).toEqual([
        { n, round: 0 },
        { n, round: 1 },
      ]);
    }
  });

  it('takes any text as the name of a stream', async () => {
    const { writer } = fixture();
    for (const [n, name] of awkwardNames.entries()) writer.commit(name, [{ n }, { name }]);
    const reader = await fixture().reader();
    expect(reader.streamNames()).toEqual(awkwardNames);
    for (const [n, name] of awkwardNames.entries()) {
      expect(reader.getEventStream(name).events).toEqual([{ n }, { name }]);
      expect(reader.readEvent(n * 2 + 1).stream).toBe(name);
    }
  });
}
