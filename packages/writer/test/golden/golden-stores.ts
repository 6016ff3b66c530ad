/**
 * What goes into the golden stores. A change here changes files that every later version must read: add a store, or
 * a version, rather than change one.
 */
import type { EventStore, WriteOptions } from '../../src/index.ts';

export interface GoldenCommit {
  readonly stream: string;
  readonly events: readonly object[];
  readonly metadata?: object;
  /** The id that its caller gives. */
  readonly commitId?: string;
}

/** One time that the store is open, with a clock that stands still. */
export interface GoldenSession {
  readonly clockUs: number;
  readonly commits: readonly GoldenCommit[];
  /** Called before the commits. */
  readonly before?: (store: EventStore) => void;
  /** Called after the commits, while the store is open. */
  readonly after?: (store: EventStore) => Promise<void> | void;
}

export interface GoldenStore {
  readonly name: string;
  readonly options: WriteOptions;
  readonly sessions: readonly GoldenSession[];
  /** Streams whose positions the golden files give, beside the events: by name. */
  readonly streams: Readonly<Record<string, (event: object, stream: string) => boolean>>;
  /** The version of the format, which is the folder that it is in. @default 'v1-owned-files' */
  readonly version?: string;
  /** Position of the first event that was not dropped. @default 1 */
  readonly firstPosition?: number;
  /** What compression makes of frames depends on the version of Node.js. */
  readonly isCompressed?: boolean;
}

const newYear = Date.UTC(2026, 0, 1) * 1000;
const dayUs = 86_400_000_000;

const order = (number: number): object => ({ type: 'OrderPlaced', orderId: `order-${number}`, cents: 100 * number });

/** All that the default codec keeps, metadata, segments, types, tags, a derived stream, a closed one, a consumer. */
const shop: GoldenStore = {
  name: 'shop',
  options: {
    segmentBytes: 512,
    indexTypes: true,
    tagsAccessor: 'tags',
    streamMetadata: (stream) => (stream === 'order-1' ? { category: 'order', since: 2026 } : undefined),
  },
  sessions: [
    {
      clockUs: newYear,
      commits: [
        { stream: 'order-1', events: [order(1)] },
        { stream: 'order-2', events: [order(2), { type: 'OrderPaid', tags: ['urgent'] }], metadata: { user: 'ö', ip: 1 } },
        { stream: 'kinds', events: [{ none: undefined, list: [null, true, -1.5, 2 ** 40], text: '漢\u{1f600}' }] },
        { stream: 'kinds', events: [{ at: new Date(1_700_000_000_123), map: new Map([['a', { b: 1n << 70n }]]) }] },
        { stream: 'kinds', events: [{ set: new Set([1, 'x']), pattern: /a+/gi, bytes: Buffer.from('abc') }] },
        { stream: 'kinds', events: [{ raw: Uint8Array.of(1, 255), numbers: Float64Array.of(0.5) }] },
        { stream: 'kinds', events: [{}], metadata: { nested: { deep: [1, { two: 2 }] } } },
      ],
    },
    {
      clockUs: newYear + dayUs,
      before: (store) => void store.createEventStream('paid', { type: 'OrderPaid' }),
      commits: [
        { stream: 'order-1', events: [{ type: 'OrderPaid', tags: ['urgent', 'large'] }] },
        { stream: 'öäü/漢 Größe', events: Array.from({ length: 20 }, (_, number) => order(number)) },
        { stream: 'order-2', events: [{ type: 'OrderShipped', weight: 1.25 }] },
      ],
      after: async (store) => {
        store.closeEventStream('order-2');
        await countTypes(store);
      },
    },
  ],
  streams: {
    'order-1': (_, stream) => stream === 'order-1',
    kinds: (_, stream) => stream === 'kinds',
    'öäü/漢 Größe': (_, stream) => stream === 'öäü/漢 Größe',
    paid: (event) => 'type' in event && event.type === 'OrderPaid',
  },
};

/** The codec json and metadata, for the program that reads a store by hand. */
const journal: GoldenStore = {
  name: 'journal',
  options: { serializer: 'json', segmentBytes: 300 },
  sessions: [
    {
      clockUs: newYear,
      commits: [
        { stream: 'notes', events: [{ text: 'first' }] },
        { stream: 'notes', events: [{ text: 'second' }, { text: 'third' }], metadata: { by: 'me' } },
        { stream: 'other', events: [{ text: 'ö'.repeat(100) }] },
        { stream: 'notes', events: [{ text: 'fourth' }] },
      ],
    },
  ],
  streams: { notes: (_, stream) => stream === 'notes' },
};

/** Commits with ids of their callers, in two files. */
const identified: GoldenStore = {
  name: 'identified',
  options: {},
  sessions: [newYear, newYear + dayUs].map((clockUs, session) => ({
    clockUs,
    commits: [
      { stream: 'orders', events: [order(1)], commitId: `order-${session}-1` },
      { stream: 'orders', events: [order(2), order(3)], commitId: `order-${session}-2`, metadata: { by: 'me' } },
      { stream: 'other', events: [order(4)] },
    ],
  })),
  streams: { orders: (_, stream) => stream === 'orders' },
};

/** Commits whose events go to different partitions. */
const spread: GoldenStore = {
  name: 'spread',
  options: { partitioner: ({ payload }) => `Part ${(payload as { readonly key: number }).key % 3}` },
  sessions: [
    {
      clockUs: newYear,
      commits: [
        { stream: 'all', events: [0, 0, 1, 2, 2, 0].map((key) => ({ key })), metadata: { spread: true } },
        { stream: 'one', events: [{ key: 4 }] },
        { stream: 'all', events: [{ key: 2 }, { key: 3 }] },
      ],
    },
    { clockUs: newYear + dayUs, commits: [{ stream: 'one', events: [{ key: 7 }, { key: 8 }] }] },
  ],
  streams: { all: (_, stream) => stream === 'all', one: (_, stream) => stream === 'one' },
};

/** Enough streams for a name index, and enough events for an index run. */
const many: GoldenStore = {
  name: 'many',
  options: { eventsPerIndexRun: 1024 },
  sessions: [
    {
      clockUs: newYear,
      commits: Array.from({ length: 1100 }, (_, number) => ({ stream: `s${number % 1050}`, events: [{ number }] })),
    },
    { clockUs: newYear + dayUs, commits: [{ stream: 's7', events: [{ number: 1100 }] }] },
  ],
  streams: { s7: (_, stream) => stream === 's7', s1049: (_, stream) => stream === 's1049' },
};

/** So many streams that name index and index run are in pieces. */
const crowd: GoldenStore = {
  name: 'crowd',
  version: 'v1-pieces',
  options: {},
  sessions: [
    {
      clockUs: newYear,
      commits: Array.from({ length: 4300 }, (_, number) => ({ stream: `s${number % 4250}`, events: [{ number }] })),
    },
    { clockUs: newYear + dayUs, commits: [{ stream: 's7', events: [{ number: 4300 }] }] },
  ],
  streams: { s7: (_, stream) => stream === 's7', s4249: (_, stream) => stream === 's4249' },
};

function compressed(algorithm: 'zstd' | 'deflate'): GoldenStore {
  return {
    name: `packed-${algorithm}`,
    options: { compression: { algorithm, dictionary: [order(1), order(2)] } },
    sessions: [
      {
        clockUs: newYear,
        commits: [
          { stream: 'orders', events: [order(3)] },
          { stream: 'orders', events: Array.from({ length: 30 }, (_, number) => order(number)), metadata: { bulk: true } },
          { stream: 'tiny', events: [{ a: 1 }] },
        ],
      },
    ],
    streams: { orders: (_, stream) => stream === 'orders' },
    isCompressed: true,
  };
}

/** Events that were dropped: the versions of streams go on, from runs that outlive their events. */
const dropped: GoldenStore = {
  name: 'dropped',
  version: 'v2-owned-files',
  firstPosition: 15,
  options: { segmentBytes: 512, eventsPerIndexRun: 8, indexTypes: true },
  sessions: [
    {
      clockUs: newYear,
      commits: Array.from({ length: 12 }, (_, number) => ({ stream: `half-${number % 2}`, events: [order(number)] })),
    },
    {
      clockUs: newYear + dayUs,
      commits: Array.from({ length: 12 }, (_, number) => ({ stream: `half-${number % 2}`, events: [order(number)] })),
      after: async (store) => void (await store.drop({ before: 18 })),
    },
  ],
  streams: {
    'half-0': (_, stream) => stream === 'half-0',
    'half-1': (_, stream) => stream === 'half-1',
  },
};

export const goldenStores: readonly GoldenStore[] = [
  shop,
  journal,
  spread,
  identified,
  many,
  crowd,
  compressed('zstd'),
  compressed('deflate'),
  dropped,
];

/** A consumer that counts the types of all events, and is stopped when it has seen them. */
async function countTypes(store: EventStore): Promise<void> {
  const consumer = store.getConsumer<Map<unknown, number>, { readonly type?: string }>('_all', 'types', new Map());
  const end = new AbortController();
  consumer.on('caught-up', () => end.abort());
  await consumer.run(
    ({ type }) => consumer.setState((counts) => new Map([...counts, [type, (counts.get(type) ?? 0) + 1]])),
    { signal: end.signal },
  );
}
