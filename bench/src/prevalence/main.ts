/**
 * Measures prevalent systems: executing commands, replaying them, reading, snapshots, restarts. Prints a table and
 * judges no figure. Build, then run `node bench/dist/prevalence/main.js`, optionally with the number of accounts and
 * the number of commands.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStore } from '@varve/writer';
import { formatEnvironment, readEnvironment } from '../report/environment.ts';
import { accounts, ownerOf } from './accounts.ts';

type System = Awaited<ReturnType<typeof accounts.open>>;

const [accountCount = 100_000, commandCount = 1_000_000] = process.argv.slice(2).map(Number);
const commandsPerTick = 1000;
const rounds = 5;
/** Many short rounds: some of them run without interruption. */
const queryCount = 50_000;
const queryRounds = 100;
const figures: { what: string; measured: string; 'of the processor': string; wanted: string }[] = [];

const storageDirectory = mkdtempSync(join(tmpdir(), 'varve-prevalence-bench-'));
try {
  console.log(`${formatEnvironment(readEnvironment(storageDirectory))}\n`);
  await measure();
  console.table(figures);
} finally {
  rmSync(storageDirectory, { recursive: true });
}

async function measure(): Promise<void> {
  const store = await EventStore.open('bench', { storageDirectory });
  let db = await accounts.open(store);
  await execute(accountCount, (id) => db.do.open(id, { acknowledge: 'buffered' }));
  const buffered = await bestOf(commandCount / 10, () => execute(commandCount / 10, (n) => deposit(db, n)));
  report('commands, buffered and pipelined', buffered, '300 k/s');
  const commits = await bestOf(commandCount / 10, () => commitAlone(store, commandCount / 10));
  report('the same events, committed alone', commits, '');
  const modelUs = buffered.cpuUs - commits.cpuUs;
  report(
    `a command on one of ${accountCount}, less its commit`,
    { measured: '', processor: `${modelUs.toFixed(2)} us each` },
    '5 us',
  );
  const durable = await bestOf(commandCount / 20, () => fromCallers(db, 64, commandCount / 20));
  report('commands of 64 callers, durable', durable, '150 k/s');
  report('queries by key', await bestOf(queryCount, () => query(db), queryRounds), '3,300 k/s (0.3 us)');
  const owners = Array.from({ length: accountCount }, (_, id) => ownerOf(id));
  report(
    'queries by unique index',
    await bestOf(queryCount, () => queryByOwner(db, owners), queryRounds),
    '3,300 k/s (0.3 us)',
  );
  const turns: number[] = [];
  for (let round = 0; round < rounds; round++) turns.push(await longestTurn(db));
  report(
    `longest turn while a snapshot is taken, best of ${rounds}`,
    { measured: `${Math.min(...turns).toFixed(1)} ms`, processor: '' },
    '5 ms',
  );
  await db.close();
  rmSync(join(storageDirectory, 'bench/prevalence'), { recursive: true });
  await topUp(store, 0.99);
  const journaled = store.getStreamVersion('prevalence-accounts');
  const replay = await bestOf(
    journaled,
    async () => {
      db = await accounts.open(store);
      await db.close();
    },
    2,
  );
  report(`replay of ${journaled} commands`, replay, '700 k/s');
  db = await accounts.open(store);
  await db.snapshot();
  await db.close();
  await topUp(store, 1);
  const start = performance.now();
  const restored = accounts.prepare(store);
  const { commands } = await restored.restore();
  const restartMs = performance.now() - start;
  report(
    `restart: snapshot and ${commands} of ${store.getStreamVersion('prevalence-accounts')} commands`,
    {
      measured: `${restartMs.toFixed(0)} ms`,
      processor: '',
    },
    '2000 ms',
  );
  await restored.close();
  await store.close();
}

/** Executes commands until the journal holds this multiple of `commandCount`. */
async function topUp(store: EventStore, share: number): Promise<void> {
  const db = await accounts.open(store);
  await execute(Math.max(0, commandCount * share - store.getStreamVersion('prevalence-accounts')), (n) =>
    deposit(db, n),
  );
  await db.close();
}

/** Commits events like the journal's to a stream of the same store: what the journal alone costs. */
async function commitAlone(store: EventStore, count: number): Promise<void> {
  const constant = { type: 'Command', command: 'deposit', version: 1, model: 1, digest: 2 ** 31 };
  let version = store.getStreamVersion('alone');
  await execute(count, (n) => {
    const argument = { id: (n * 7919) % accountCount, amount: n % 100 };
    store.commit('alone', { ...constant, argument, time: Date.now() * 1000 }, version++);
    return Promise.resolve();
  });
}

function deposit(db: System, n: number): Promise<unknown> {
  return db.do.deposit({ id: (n * 7919) % accountCount, amount: n % 100 }, { acknowledge: 'buffered' });
}

/** Executes a thousand commands per turn of the event loop. */
async function execute(count: number, command: (n: number) => Promise<unknown>): Promise<void> {
  for (let n = 0; n < count; n++) {
    void command(n);
    if (n % commandsPerTick === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

async function fromCallers(db: System, callers: number, count: number): Promise<void> {
  let next = 0;
  const call = async (): Promise<void> => {
    while (next < count) {
      const n = next++;
      await db.do.deposit({ id: (n * 7919) % accountCount, amount: n % 100 }, { acknowledge: 'durable' });
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
}

interface Measured extends Figure {
  readonly cpuUs: number;
}

interface Figure {
  readonly measured: string;
  /** The CPU time: the comparable figure on a machine with other load. */
  readonly processor: string;
}

/** The best of several rounds: other load on the machine only makes rounds slower. */
async function bestOf(count: number, run: () => void | Promise<void>, times = rounds): Promise<Measured> {
  let bestMs = Infinity;
  let bestCpuUs = Infinity;
  for (let round = 0; round < times; round++) {
    const start = performance.now();
    const before = process.threadCpuUsage();
    await run();
    const { user, system } = process.threadCpuUsage(before);
    bestMs = Math.min(bestMs, performance.now() - start);
    bestCpuUs = Math.min(bestCpuUs, user + system);
  }
  const rate = Math.round((count / bestMs) * 1000).toLocaleString('en-US');
  const cpuUs = bestCpuUs / count;
  return { measured: `${rate} /s`, processor: `${cpuUs.toFixed(2)} us each`, cpuUs };
}

function query(db: System): void {
  for (let n = 0; n < queryCount; n++) db.q.balanceOf((n * 7919) % accountCount);
}

function queryByOwner(db: System, owners: readonly string[]): void {
  for (let n = 0; n < queryCount; n++) db.q.balanceOfOwner(owners[(n * 7919) % accountCount]!);
}

/**
 * The longest time in milliseconds, while a snapshot of all accounts is taken, in which no command could begin. CPU
 * time is no help here, because Linux counts it in steps of some milliseconds.
 */
async function longestTurn(db: System): Promise<number> {
  const state = { isTaken: false };
  let longest = 0;
  const taking = db.snapshot().then(() => (state.isTaken = true));
  let last = performance.now();
  while (!state.isTaken) {
    void deposit(db, 1);
    await new Promise((resolve) => setImmediate(resolve));
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }
  await taking;
  return longest;
}

function report(what: string, { measured, processor }: Figure, wanted: string): void {
  figures.push({ what, measured, 'of the processor': processor, wanted });
}
