import { describe, expect, it } from 'vitest';
import { encodeFrame, type FrameInput } from '../../test/encode-frame.ts';
import { RandomBytes, testSeed } from '../../test/random-bytes.ts';
import { writeU32, writeVarint } from './bytes.ts';
import { encodeLinks } from './frame-links.ts';
import { frameFlags, frameLayout, maxUncompressedBytes, minFrameBytes } from './frame-layout.ts';
import { FrameView, readFrameLength, sealFrame } from './frame.ts';

const seed = 0x1234_5678;

function parse(bytes: Uint8Array, start = 0, limit = bytes.length): FrameView {
  const view = new FrameView();
  expect(view.parse(bytes, start, limit, seed)).toBe('whole');
  return view;
}

function payloadsOf(view: FrameView): Buffer[] {
  return Array.from({ length: view.count }, (_, event) =>
    Buffer.from(view.bytes.subarray(view.payloadStart(event), view.payloadEnd(event))),
  );
}

function linksOf(view: FrameView): [number, number][] {
  const links: [number, number][] = [];
  view.forEachLink((event, indexId) => links.push([event, indexId]));
  return links;
}

describe('a frame', () => {
  it('keeps the fields of a commit of one event', () => {
    const frame = encodeFrame({ seed, fields: { previous: 7, epoch: 3, position: 12, streamId: 4, streamVersion: 5 } });
    const view = parse(frame);
    expect(view).toMatchObject({ previous: 7, epoch: 3, position: 12, streamId: 4, streamVersion: 5 });
    expect(view).toMatchObject({ count: 1, commitSize: 1, commitOffset: 0, clockUs: 1_700_000_000_000_000 });
    expect(view).toMatchObject({ lastPosition: 12, commitPosition: 12, sizeBytes: frame.length });
    expect(payloadsOf(view)).toEqual([Buffer.from('payload')]);
    expect(readFrameLength(frame, 0)).toBe(frame.length);
  });

  const edges = {
    previous: [0, 2 ** 31, 2 ** 32 - 1],
    epoch: [0, 2 ** 31, 2 ** 32 - 1],
    position: [0, 1, 2 ** 32 - 1, 2 ** 32, 2 ** 48 - 1],
    clockUs: [0, 2 ** 32, 2 ** 48, Number.MAX_SAFE_INTEGER],
    streamId: [0, 127, 128, 2 ** 32 - 1],
    streamVersion: [0, 127, 128, 2 ** 32, 2 ** 48 - 1, Number.MAX_SAFE_INTEGER],
  } as const;
  const cases = Object.entries(edges).flatMap(([field, values]) => values.map((value) => ({ field, value })));

  it.each(cases)('keeps $field = $value', ({ field, value }) => {
    expect(parse(encodeFrame({ seed, fields: { [field]: value } }))).toMatchObject({ [field]: value });
  });

  it.each([
    [[0]],
    [[0, 0, 0]],
    [[127, 128]],
    [[1, 0, 16_383]],
    [[16_384, 0]],
    [Array.from({ length: 300 }, (_, k) => k)],
  ])('keeps payloads of %j bytes apart', (lengths) => {
    const payloads = lengths.map((length, index) => Buffer.alloc(length, index + 1));
    const view = parse(encodeFrame({ seed, payloads, metadata: Buffer.from('m') }));
    expect(payloadsOf(view)).toEqual(payloads);
    expect(view.bytes.subarray(view.metadataStart, view.metadataEnd)).toEqual(Buffer.from('m'));
  });

  it('keeps the place of a part of a commit', () => {
    const view = parse(encodeFrame({ seed, fields: { position: 10, count: 1, commitSize: 4, commitOffset: 3 } }));
    expect(view).toMatchObject({ count: 1, commitSize: 4, commitOffset: 3, commitPosition: 7, lastPosition: 10 });
    expect(payloadsOf(view)).toEqual([Buffer.from('payload')]);
  });

  it('keeps which derived indexes its events belong to', () => {
    const links = encodeLinks([[5, 2 ** 32 - 1], [], [300]]);
    const payloads = ['a', 'b', 'c'].map((text) => Buffer.from(text));
    const view = parse(encodeFrame({ seed, payloads, metadata: Buffer.from('meta'), fields: { links } }));
    expect(linksOf(view)).toEqual([
      [0, 5],
      [0, 2 ** 32 - 1],
      [2, 300],
    ]);
    expect(payloadsOf(view)).toEqual(payloads);
    expect(view.bytes.subarray(view.metadataStart, view.metadataEnd)).toEqual(Buffer.from('meta'));
  });

  it('says which indexes its events belong to after its bytes are gone', () => {
    const links = encodeLinks([Array.from({ length: 90 }, (_, index) => index + 1)]);
    const frame = encodeFrame({ seed, payloads: [Buffer.from('a')], fields: { links } });
    const view = parse(frame);
    const before = linksOf(view);
    frame.fill(0xff);
    expect([before.length, linksOf(view)]).toEqual([90, before]);
  });

  it('is found in the middle of other bytes, and nothing of the one before remains in the view', () => {
    const first = encodeFrame({ seed, payloads: [Buffer.from('a'), Buffer.from('b')], metadata: Buffer.from('m') });
    const second = encodeFrame({ seed, fields: { position: 3, streamId: 9 } });
    const bytes = Buffer.concat([Buffer.from('xx'), first, second, Buffer.from('yy')]);
    const view = parse(bytes, 2);
    expect(view.parse(bytes, 2 + first.length, bytes.length, seed)).toBe('whole');
    expect(view).toMatchObject({ count: 1, commitSize: 1, streamId: 9, metadataStart: view.metadataEnd });
    expect(linksOf(view)).toEqual([]);
    expect(payloadsOf(view)).toEqual([Buffer.from('payload')]);
  });
});

describe('what is not a frame', () => {
  const frame = encodeFrame({ seed, payloads: [Buffer.from('one'), Buffer.from('two')], metadata: Buffer.from('m') });
  const check = (bytes: Uint8Array, limit = bytes.length): string => new FrameView().parse(bytes, 0, limit, seed);

  /** The frame with other bytes after the fixed part, and the matching checksum. */
  function forge(flags: number, variable: readonly number[], kind = frame[frameLayout.kind]!): Buffer {
    const bytes = Buffer.concat([frame.subarray(0, frameLayout.end), Buffer.from(variable)]);
    bytes[frameLayout.flags] = flags;
    bytes[frameLayout.kind] = kind;
    writeU32(bytes, frameLayout.length, bytes.length);
    sealFrame(bytes, 0, bytes.length, seed);
    return bytes;
  }

  it('is short when it is cut off anywhere', () => {
    for (let limit = 0; limit < frame.length; limit++) expect(check(frame, limit)).toBe('short');
  });

  it.each([0, 1, minFrameBytes - 1])('has an impossible length when it says %d', (length) => {
    const bytes = Buffer.from(frame);
    writeU32(bytes, frameLayout.length, length);
    expect(check(bytes)).toBe('length');
  });

  it('is short when it says that it is longer than what is there', () => {
    const bytes = Buffer.from(frame);
    for (const length of [frame.length + 1, 2 ** 31, 2 ** 32 - 1]) {
      writeU32(bytes, frameLayout.length, length);
      expect(check(bytes)).toBe('short');
    }
  });

  it('shows a flip of any one bit', () => {
    for (let bit = 0; bit < frame.length * 8; bit++) {
      const bytes = Buffer.from(frame);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      expect(check(bytes)).not.toBe('whole');
    }
  });

  it('does not match its checksum in another store', () => {
    expect(new FrameView().parse(frame, 0, frame.length, seed + 1)).toBe('checksum');
  });

  it('is of an unknown kind', () => {
    expect(check(forge(0, [1, 1], 0xf2))).toBe('kind');
  });

  const { several, metadata, links } = frameFlags;
  const endless = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
  it.each([
    ['a flag that is unknown', 8, [1, 1]],
    ['a stream id that does not end', 0, endless],
    ['a stream version that does not end', 0, [1, ...endless]],
    ['no events', several, [1, 1, 0, 2, 0]],
    ['more events than its commit', several, [1, 1, 2, 1, 0, 0, 0]],
    ['events behind the end of its commit', several, [1, 1, 2, 3, 2, 0, 0]],
    ['more events than bytes', several, [1, 1, 100, 100, 0, 0, 0]],
    ['payloads that end before it does', several, [1, 1, 2, 2, 0, 1, 1, 0x61, 0x62, 0x63]],
    ['payloads that end behind it', several, [1, 1, 2, 2, 0, 1, 2, 0x61, 0x62]],
    ['a payload length that does not end', several, [1, 1, 2, 2, 0, 1, ...endless]],
    ['metadata that ends behind it', metadata, [1, 1, 3, 0x61, 0x62]],
    ['links that end behind it', links, [1, 1, 3, 1, 1]],
    ['links that say more than their bytes', links, [1, 1, 2, 2, 7, 8]],
    ['links that say less than their bytes', links, [1, 1, 3, 1, 7, 8]],
    ['links with an id that no index can have', links, [1, 1, 6, 1, 0x80, 0x80, 0x80, 0x80, 0x10]],
    ['links that do not end', links, [1, 1, 9, 1, ...endless.slice(1)]],
  ])('has %s', (_, flags, variable) => {
    expect(check(forge(flags, variable))).toBe('fields');
  });

  it('is refused at once when a field between its count and its payloads does not end', () => {
    const count = Buffer.alloc(8);
    const length = writeVarint(count, 0, 2 ** 45);
    const huge = [...count.subarray(0, length)];
    expect(check(forge(several | metadata, [1, 1, ...huge, ...huge, 0, ...endless]))).toBe('fields');
  });
});

describe('a compressed frame', () => {
  const metadata = Buffer.from('metadata');
  const payloads = [Buffer.from('one'), Buffer.from(''), Buffer.from('three')];
  const body = Buffer.concat([metadata, ...payloads]);

  it('says where metadata and payloads lie in what it is decompressed to', () => {
    const view = parse(encodeFrame({ seed, metadata, payloads, compressedBody: Buffer.from('packed') }));
    expect(view.isCompressed).toBe(true);
    expect(Buffer.from(view.compressedBody).toString()).toBe('packed');
    expect(view.bodyEnd).toBe(body.length);
    view.takeBody(body);
    expect(view.isCompressed).toBe(false);
    expect(view.body.subarray(view.metadataStart, view.metadataEnd)).toEqual(metadata);
    const read = payloads.map((_, event) => body.subarray(view.payloadStart(event), view.payloadEnd(event)));
    expect(read).toEqual(payloads);
  });

  it('of one event ends with its payload', () => {
    const view = parse(encodeFrame({ seed, payloads: [body], compressedBody: Buffer.from('packed') }));
    expect([view.payloadStart(0), view.payloadEnd(0)]).toEqual([0, body.length]);
  });

  it('leaves no trace in the view for the frame after it', () => {
    const view = parse(encodeFrame({ seed, payloads, compressedBody: Buffer.from('packed') }));
    view.takeBody(body);
    const next = encodeFrame({ seed, payloads });
    expect(view.parse(next, 0, next.length, seed)).toBe('whole');
    expect(view.isCompressed).toBe(false);
    expect(payloadsOf(view)).toEqual(payloads);
    expect(view.body).toBe(next);
  });

  it.each([
    ['claims more than may be asked for', { uncompressedBytes: maxUncompressedBytes + 1 }],
    ['has more payload than it is decompressed to', { uncompressedBytes: body.length - 1 }],
    ['has less payload than it is decompressed to', { uncompressedBytes: body.length + 1 }],
  ])('is refused when it %s', (_, fields) => {
    const frame = encodeFrame({ seed, metadata, payloads, compressedBody: Buffer.from('packed'), fields });
    expect(new FrameView().parse(frame, 0, frame.length, seed)).toBe('fields');
  });

  it('of one event is refused when it claims more than may be asked for', () => {
    const fields = { uncompressedBytes: maxUncompressedBytes + 1 };
    const frame = encodeFrame({ seed, compressedBody: Buffer.from('packed'), fields });
    expect(new FrameView().parse(frame, 0, frame.length, seed)).toBe('fields');
  });
});

describe(`hostile bytes (seed ${testSeed})`, () => {
  const random = new RandomBytes(testSeed);

  /** Parses, and if that succeeds compares everything in the view with the available bytes. */
  function examine(bytes: Buffer): boolean {
    const view = new FrameView();
    if (view.parse(bytes, 0, bytes.length, seed) !== 'whole') return false;
    expect(view.end).toBeLessThanOrEqual(bytes.length);
    expect(view.metadataStart).toBeLessThanOrEqual(view.metadataEnd);
    let end = view.metadataEnd;
    for (let event = 0; event < view.count; event++) {
      expect(view.payloadStart(event)).toBe(end);
      end = view.payloadEnd(event);
    }
    expect(end).toBe(view.bodyEnd);
    expect(view.bodyEnd).toBeLessThanOrEqual(view.isCompressed ? maxUncompressedBytes : bytes.length);
    expect(view.compressedBody.length).toBeLessThan(bytes.length);
    for (const [event, indexId] of linksOf(view)) {
      expect(event).toBeLessThan(view.count);
      expect(Number.isSafeInteger(indexId)).toBe(true);
    }
    return true;
  }

  it('are refused when they are random', () => {
    for (let round = 0; round < 3000; round++) expect(examine(random.bytes(random.below(200)))).toBe(false);
  });

  it('are read safely even when their checksum is right', () => {
    const inputs: FrameInput[] = [
      {},
      { payloads: [Buffer.from('a'), Buffer.from('bc')], metadata: Buffer.from('m') },
      { payloads: [Buffer.from('ab'), Buffer.from('c')], compressedBody: Buffer.from('packed') },
      { payloads: [Buffer.from('a')], fields: { links: encodeLinks([[1, 2, 300]]), commitSize: 5, commitOffset: 2 } },
    ];
    let whole = 0;
    for (let round = 0; round < 20_000; round++) {
      const bytes = random.mutate(encodeFrame({ seed, ...random.pick(inputs) }));
      if (bytes.length < minFrameBytes) continue;
      bytes[frameLayout.kind] = 0xf1;
      writeU32(bytes, frameLayout.length, bytes.length);
      sealFrame(bytes, 0, bytes.length, seed);
      if (examine(bytes)) whole++;
    }
    // The test would prove nothing if the checks before the fields refused everything.
    expect(whole).toBeGreaterThan(1000);
  });
});
