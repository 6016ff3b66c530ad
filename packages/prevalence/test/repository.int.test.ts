/** The interface of the Node.js component: its unchanged sample, and the claims of its page. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStore } from '@varve/writer';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { prevalence, type Repository } from '../src/index.ts';

interface Post {
  id: string;
  subject: string;
  tags?: string[];
}

interface Root {
  posts: Record<string, Post>;
  log: string[];
  count: number;
}

const sample = join(import.meta.dirname, 'samples/posts.ts');
let directory = '';
const open: Repository<Root>[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'varve-repository-'));
});
afterEach(async () => {
  for (const repository of open.splice(0)) await repository.close();
  rmSync(directory, { recursive: true });
});

function repository(): Repository<Root> {
  const made = prevalence<Root>({ path: join(directory, 'posts.journal'), model: { posts: {}, log: [], count: 0 } })
    .register('add-post', (model, post: Post) => {
      post.tags ??= [];
      model.posts[post.id] = post;
      model.log.push(post.id);
      model.count++;
      return post;
    })
    .register('rename', function* (model, { id, subject }: Post) {
      yield;
      model.posts[id]!.subject = subject;
    })
    .register('half', (model, id: string) => {
      model.posts[id]!.subject = 'half';
      delete model.posts[id];
      model.log.push('half');
      throw new Error('on purpose');
    });
  open.push(made);
  return made;
}

describe('the sample', () => {
  it('adds two posts and prints them, and restores them the next time', () => {
    const run = (): string[] =>
      execFileSync(process.execPath, [sample], { cwd: directory, encoding: 'utf8' }).split('\n');
    expect(run()).toEqual([
      'One time restore of journal complete',
      "add-post { id: 'post#1', subject: 'Lorem' } { id: 'post#1', subject: 'Lorem' }",
      "add-post { id: 'post#2', subject: 'Ipsum' } { id: 'post#2', subject: 'Ipsum' }",
      'post#1: Lorem',
      'post#2: Ipsum',
      '',
    ]);
    expect(run().slice(0, 3)).toEqual([
      "add-post { id: 'post#1', subject: 'Lorem' } { id: 'post#1', subject: 'Lorem' }",
      "add-post { id: 'post#2', subject: 'Ipsum' } { id: 'post#2', subject: 'Ipsum' }",
      'One time restore of journal complete',
    ]);
  });
});

describe('a repository', () => {
  it('isolates arguments and results from its model', async () => {
    const posts = repository();
    const given: Post = { id: 'a', subject: 'first' };
    const adding = posts.execute<Post>('add-post', given);
    given.subject = 'changed meanwhile';
    const added = await adding;
    added.subject = 'changed afterwards';
    const found = await posts.query((model) => model.posts['a']!);
    expect(found).toEqual({ id: 'a', subject: 'first', tags: [] });
    found.subject = 'changed, too';
    expect(await posts.query((model) => model.posts['a']!.subject)).toBe('first');
    expect(given.tags).toBeUndefined();
  });

  it('restores when it is needed first, and says which commands it does again', async () => {
    const first = repository();
    await first.execute('add-post', { id: 'a', subject: 'x' });
    await first.execute('rename', { id: 'a', subject: 'y' });
    await expect(first.execute('half', 'a')).rejects.toThrow('on purpose');
    await first.close();
    const told: unknown[] = [];
    const second = repository().on('init', ({ commands }) => told.push(commands));
    second.on('command', (name, _argument, _result, { isReplay }) => told.push(`${name} ${isReplay}`));
    expect(told).toEqual([]);
    expect(await second.query((model) => ({ ...model }))).toEqual({
      posts: { a: { id: 'a', subject: 'y', tags: [] } },
      log: ['a'],
      count: 1,
    });
    await second.execute('rename', { id: 'a', subject: 'z' });
    expect(told).toEqual(['add-post true', 'rename true', 2, 'rename false']);
  });

  it('runs no command while an asynchronous query is running, and queries beside each other', async () => {
    const posts = repository();
    await posts.execute('add-post', { id: 'a', subject: 'x' });
    const seen: unknown[] = [];
    let release = (): void => undefined;
    const waiting = new Promise<void>((resolve) => (release = resolve));
    const slow = posts.query(async (model) => {
      seen.push(model.posts['a']!.subject);
      await waiting;
      seen.push(model.posts['a']!.subject);
    });
    const beside = posts.query((model) => seen.push(`beside ${model.posts['a']!.subject}`));
    await beside;
    const renaming = posts.execute('rename', { id: 'a', subject: 'y' });
    const after = posts.query((model) => seen.push(`after ${model.posts['a']!.subject}`));
    release();
    await Promise.all([slow, renaming, after]);
    expect(seen).toEqual(['x', 'beside x', 'x', 'after y']);
  });

  // A bug once let the inner query wait for the command, which waited for the outer query, forever.
  it('answers a query within a query while a command waits', async () => {
    const posts = repository();
    await posts.execute('add-post', { id: 'a', subject: 'x' });
    const asked = Promise.withResolvers<undefined>();
    const released = Promise.withResolvers<undefined>();
    const subject = (): Promise<string> => posts.query((model) => model.posts['a']!.subject);
    const within = posts.query(async () => {
      asked.resolve(undefined);
      await released.promise;
      return subject();
    });
    await asked.promise;
    const renaming = posts.execute('rename', { id: 'a', subject: 'y' });
    const after = subject();
    released.resolve(undefined);
    expect(await Promise.all([within, renaming, after])).toMatchObject(['x', undefined, 'y']);
  });

  it('takes names that its model did not have, and commands for all names', async () => {
    const path = join(directory, 'any');
    const make = (): Repository<Record<string, unknown>> =>
      prevalence<Record<string, unknown>>({ path, model: {} }).register(
        '*',
        (model, argument: unknown, { command }) => {
          if (command === 'forget') delete model[argument as string];
          else model[command] = argument;
          return command;
        },
      );
    const first = make();
    expect(await first.execute('colour', { name: 'red' })).toBe('colour');
    await first.execute('size', 3);
    await first.execute('gone', 4);
    await first.execute('forget', 'gone');
    await first.close();
    const second = make();
    expect(await second.query((model) => ({ ...model }))).toEqual({ colour: { name: 'red' }, size: 3 });
    await second.close();
  });

  // A bug once treated each snapshot as one of an older version, because the repository had no version of its own.
  it('takes snapshots of older versions through its migrations, once', async () => {
    const make = (version: number): Repository<{ words: Record<string, string> }> =>
      prevalence<{ words: Record<string, string> }>({
        path: join(directory, 'words'),
        model: { words: {} },
        version,
        migrations: [{ convert: { words: (word: string) => `${word}!` } }],
      }).register('say', (model, word: string) => void (model.words[word] = word));
    const first = make(1);
    await first.execute('say', 'a');
    await first.snapshot();
    await first.close();
    for (const [version, found] of [
      [1, 'a'],
      [2, 'a!'],
      [2, 'a!'],
    ] as const) {
      const words = make(version);
      expect(await words.query((model) => model.words['a'])).toBe(found);
      await words.snapshot();
      await words.close();
    }
  });

  it('opens its store the next time, when it could not be opened', async () => {
    const posts = repository();
    const holder = await EventStore.open('posts.journal', { storageDirectory: directory });
    await expect(posts.restore()).rejects.toMatchObject({ code: 'STORE_LOCKED' });
    await posts.close();
    await holder.close();
    await posts.execute('add-post', { id: 'a', subject: 'x' });
    expect(await posts.query((model) => model.count)).toBe(1);
  });

  it('refuses what is not a command, and to write in a query', async () => {
    const posts = repository();
    expect(() => posts.register('add-post', () => 1)).toThrow(expect.objectContaining({ code: 'INVALID_COMMAND' }));
    expect(() => posts.register('wait', async () => Promise.resolve())).toThrow(
      expect.objectContaining({ code: 'INVALID_COMMAND' }),
    );
    await expect(posts.execute('nothing')).rejects.toMatchObject({ code: 'UNKNOWN_COMMAND' });
    await expect(posts.execute('add-post', new Map())).rejects.toMatchObject({ code: 'INVALID_VALUE' });
    await posts.execute('add-post', { id: 'a', subject: 'x' });
    await expect(posts.query((model) => (model.posts['b'] = { id: 'b', subject: '' }))).rejects.toMatchObject({
      code: 'OUTSIDE_COMMAND',
    });
    await expect(posts.query((model) => (model.posts['a']!.subject = ''))).rejects.toThrow(TypeError);
    expect(await posts.query((model) => Object.keys(model.posts))).toEqual(['a']);
  });
});
