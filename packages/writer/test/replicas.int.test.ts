/**
 * docs/replicas.md, command by command: the commands are taken from the page and run by bash, with a real rsync, so that the
 * page says what was tried.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { hasErrorCode, readConsumerState, ReadOnlyEventStore } from '@varve/core';
import { ManualClock } from '@varve/core/testing';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { EventStore } from '../src/index.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/replicas.md'), 'utf8');

/** The commands under each heading of the page, and which test runs them. */
const headings = [
  'The one command',
  'Appending only',
  'A copy that has diverged',
  'In the safest order',
  'Making a replica the writer',
  'Backup and restore',
] as const;

function commands(heading: (typeof headings)[number]): string[] {
  const [, section = ''] = page.split(`\n## ${heading}\n`);
  return [...section.split('\n## ')[0]!.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, command]) => command!);
}

const hasRsync = spawnSync('rsync', ['--version']).status === 0;
if (!hasRsync) console.warn('There is no rsync here: the commands of docs/replicas.md are not run.');

let places: { SOURCE: string; REPLICA: string; BACKUP: string };
let source: EventStore;

/** Runs commands of the page. */
function run(command: string): void {
  execFileSync('bash', ['-euo', 'pipefail', '-c', command], { env: { ...process.env, ...places }, stdio: 'pipe' });
}

const number = (count: number): object => ({ type: 'Counted', number: count });

/** Commits the numbers after those that are there, up to `last`. */
function countTo(last: number, note = ''): void {
  for (let next = source.position + 1; next <= last; next++) source.commit(`s-${next % 3}`, { ...number(next), note });
  source.flush();
}

async function openSource(): Promise<void> {
  source = await EventStore.open('shop', { storageDirectory: places.SOURCE });
}

function openCopy(options: object = {}): ReadOnlyEventStore {
  const copy = new ReadOnlyEventStore('shop', { storageDirectory: places.REPLICA, watch: false, ...options });
  onTestFinished(() => copy.close());
  return copy;
}

const numbersIn = (store: ReadOnlyEventStore | EventStore): number[] =>
  [...store.getAllEvents<{ number: number }>()].map((event) => event.number);
const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

/** The source is as it was when `moment` was copied, as after a power cut: its writer finds that, and goes on. */
async function fallBackTo(moment: string): Promise<void> {
  await source.close();
  rmSync(join(places.SOURCE, 'shop'), { recursive: true });
  cpSync(moment, join(places.SOURCE, 'shop'), { recursive: true, preserveTimestamps: true });
  await openSource();
}

describe.runIf(hasRsync || process.env['VARVE_REQUIRE_TOOLS'] === '1')('docs/replicas.md', () => {
  beforeEach(async () => {
    const directory = temporaryDirectory();
    places = { SOURCE: `${directory}/source`, REPLICA: `${directory}/replica`, BACKUP: `${directory}/backup` };
    for (const place of Object.values(places)) mkdirSync(place);
    await openSource();
    return () => source.close();
  });

  it('has commands under the headings that the tests know, and no others', () => {
    const all = [...page.matchAll(/^```sh\n/gm)];
    expect(headings.flatMap(commands)).toHaveLength(all.length);
  });

  it('the one command, again and again, under a reader that stays open and one that is new', () => {
    const [command] = commands('The one command');
    countTo(10);
    run(command!);
    const open = openCopy();
    open.on('error', (error) => expect.unreachable(error.message));
    for (let round = 2; round <= 6; round++) {
      countTo(round * 10);
      run(command!);
      open.storage.poll();
      expect(numbersIn(open)).toEqual(upTo(round * 10));
      expect(numbersIn(openCopy())).toEqual(upTo(round * 10));
    }
  });

  it('leaves the states of consumers on their own machines', async () => {
    const [command] = commands('The one command');
    countTo(10);
    run(command!);
    await consumeAll(openCopy());
    countTo(20);
    run(command!);
    const place = { storageDirectory: places.REPLICA, store: 'shop', stream: '_all', consumerId: 'sum' };
    expect(readConsumerState(place)).toMatchObject({ position: 10, state: 55 });
    expect(readConsumerState({ ...place, storageDirectory: places.SOURCE })).toBeUndefined();
  });

  it('the loop that copies once a second', async () => {
    const [, loop] = commands('The one command');
    countTo(10);
    const copying = spawn('bash', ['-euo', 'pipefail', '-c', loop!], {
      env: { ...process.env, ...places },
      stdio: 'ignore',
      detached: true,
    });
    onTestFinished(() => void process.kill(-copying.pid!, 'SIGKILL'));
    // Segments come last.
    const segment = join(places.REPLICA, 'shop/partitions/000001-shared/00000000000000000000.seg');
    while (!existsSync(segment)) await new Promise((next) => setTimeout(next, 20));
    const copy = openCopy({ pollIntervalMs: 10 });
    countTo(20);
    await copy.waitFor(20);
    expect(numbersIn(copy)).toEqual(upTo(20));
  });

  it('appending only, with a command for the head', () => {
    const [command] = commands('Appending only');
    for (let round = 1; round <= 5; round++) {
      countTo(round * 10);
      run(command!);
      expect(numbersIn(openCopy())).toEqual(upTo(round * 10));
    }
  });

  it('a copy that has diverged is said, and put right by a full one', async () => {
    const [append] = commands('Appending only');
    const [repair] = commands('A copy that has diverged');
    countTo(20);
    const moment = join(places.BACKUP, 'moment');
    cpSync(join(places.SOURCE, 'shop'), moment, { recursive: true, preserveTimestamps: true });
    countTo(40, 'lost');
    run(append!.replace('--append-verify', '--append'));
    const clock = new ManualClock();
    const open = openCopy({ clock });
    const failures: Error[] = [];
    open.on('error', (error) => failures.push(error));
    const consumer = open.getConsumer('_all', 'sum', 0);
    await consumeAll(open);
    // The events from 21 on are lost; others of the same size take their places, and the copy gets only the end of those.
    await fallBackTo(moment);
    countTo(60, 'kept');
    run(append!.replace('--append-verify', '--append'));
    open.storage.poll();
    expect(numbersIn(open)).toEqual(upTo(20));
    const anew = openCopy();
    expect(numbersIn(anew)).toEqual(upTo(20));
    await expect(consumer.run(() => undefined)).rejects.toMatchObject({ code: 'DIVERGED', position: 40 });
    expect(failures).toEqual([]);
    clock.advance(11_000);
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatchObject({ code: 'DIVERGED', position: 21 });
    expect(failures[0]!.message).toMatch(/position 21 .* byte \d+ of .*\.seg/);
    expect(failures[0]!.message).toContain('--checksum');

    run(repair!);
    const repaired = openCopy();
    expect(numbersIn(repaired)).toEqual(upTo(60));
    const notes = [...repaired.getAllEvents<{ note: string }>()].map((event) => event.note);
    expect(notes.slice(20).every((note) => note === 'kept')).toBe(true);
    await expect(repaired.getConsumer('_all', 'sum', 0).run(() => undefined)).rejects.toMatchObject({
      code: 'DIVERGED',
    });
    await open.close();
  });

  it('in the safest order, whatever is there can be opened for writing', async () => {
    const [command] = commands('In the safest order');
    // The copying ends after each of its commands in turn.
    const steps = command!.split(/\n(?=\S)/);
    expect(steps).toHaveLength(4);
    for (let round = 1; round <= 8; round++) {
      countTo(round * 10);
      await source.commit('s-0', number(source.position + 1)).durable;
      run(steps.slice(0, round === 1 ? 4 : 1 + (round % 4)).join('\n'));
      const trial = join(places.BACKUP, `trial-${round}`);
      cpSync(places.REPLICA, trial, { recursive: true, preserveTimestamps: true });
      const promoted = await EventStore.open('shop', { storageDirectory: trial });
      expect(numbersIn(promoted)).toEqual(upTo(promoted.position));
      expect(promoted.position).toBeGreaterThanOrEqual(11);
      await promoted.close();
    }
    run(command!);
    expect(numbersIn(openCopy())).toEqual(upTo(source.position));
  });

  it('making a replica the writer', async () => {
    const [copyIt] = commands('The one command');
    const [takeAway, withoutHead] = commands('Making a replica the writer');
    countTo(10);
    run(copyIt!);
    const ahead = readFileSync(join(places.SOURCE, 'shop/head'));
    countTo(30);
    await source.commit('s-0', number(31)).durable;
    // Copying was cut short after the head.
    expect(ahead.equals(readFileSync(join(places.SOURCE, 'shop/head')))).toBe(false);
    cpSync(join(places.SOURCE, 'shop/head'), join(places.REPLICA, 'shop/head'));
    const opening = EventStore.open('shop', { storageDirectory: places.REPLICA });
    await expect(opening).rejects.toMatchObject({ code: 'CORRUPTION' });
    run(withoutHead!);
    const promoted = await EventStore.open('shop', { storageDirectory: places.REPLICA });
    expect(numbersIn(promoted)).toEqual(upTo(10));
    promoted.commit('s-1', number(11));
    await promoted.close();
    await source.close();
    run(takeAway!);
    expect(existsSync(join(places.SOURCE, 'shop'))).toBe(false);
    renameSync(join(places.REPLICA, 'shop'), join(places.SOURCE, 'shop'));
    await openSource();
    expect(numbersIn(source)).toEqual(upTo(11));
  });

  it('a promoted store does not take the files of the writer before', async () => {
    const [copyIt] = commands('The one command');
    countTo(10);
    run(copyIt!);
    const promoted = await EventStore.open('shop', { storageDirectory: places.REPLICA });
    for (let count = 11; count <= 30; count++) promoted.commit('s-1', number(count));
    await promoted.close();
    const clock = new ManualClock();
    const reader = openCopy({ clock });
    const failures: Error[] = [];
    reader.on('error', (error) => failures.push(error));
    // The earlier writer goes on, and its files are copied over those of the new one. The heads have the same size: their times
    // must differ, which they do not on all systems when both are written within a few milliseconds.
    await new Promise((resolve) => setTimeout(resolve, 30));
    countTo(15, 'of the one before');
    run(copyIt!);
    clock.advance(1000);
    expect(failures).toHaveLength(1);
    expect(hasErrorCode(failures[0], 'STORE_REPLACED')).toBe(true);
  });

  it('backup of a running store, and restore', async () => {
    const [backup, restore] = commands('Backup and restore');
    countTo(25);
    run(backup!);
    countTo(40);
    await source.close();
    run(restore!);
    await openSource();
    expect(numbersIn(source)).toEqual(upTo(25));
    countTo(30);
    expect(numbersIn(source)).toEqual(upTo(30));
  });
});

/** Runs the consumer `sum` of the copy to the end, and saves its state. */
async function consumeAll(copy: ReadOnlyEventStore): Promise<void> {
  const consumer = copy.getConsumer('_all', 'sum', 0);
  const caughtUp = new Promise((resolve) => consumer.once('caught-up', resolve));
  const running = consumer.run((event) => consumer.setState((sum) => sum + (event as { number: number }).number));
  await caughtUp;
  await consumer.stop();
  await running;
}
