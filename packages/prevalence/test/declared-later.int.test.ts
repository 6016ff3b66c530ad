/**
 * A property that commands gave to the model of a repository, and that a later program declares. A bug once let the
 * declared part hide the property in a snapshot; with the journal alone there was no way to tell that the model had
 * changed.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { prevalence, type Repository } from '../src/index.ts';

interface Root {
  posts: Record<string, string>;
  authors?: Record<string, number>;
  count?: number;
  last?: string | null;
}

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'varve-declared-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function repository(model: Root, options: { version?: number } = {}): Repository<Root> {
  return prevalence<Root>({ path: join(directory, 'posts'), model, ...options }).register(
    'add',
    (root, [id, author]: [string, string]) => {
      root.posts[id] = author;
      root.authors ??= {};
      root.authors[author] = (root.authors[author] ?? 0) + 1;
      root.count = (root.count ?? 0) + 1;
      root.last = root.count < 4 ? id : null;
    },
  );
}

const contents = (posts: Repository<Root>): Promise<Root> => posts.query((model) => ({ ...model }));
const declared = (): Root => ({ posts: {}, authors: {}, count: 0, last: 'none' });

/** The first command creates the properties. A snapshot is taken after `snapshotBehind` of the four commands. */
async function before({ snapshotBehind }: { readonly snapshotBehind: number }): Promise<Root> {
  const posts = repository({ posts: {} });
  for (const [index, author] of ['Ada', 'Ada', 'Bob', 'Ada'].entries()) {
    await posts.execute('add', [`post ${index}`, author]);
    if (index + 1 === snapshotBehind) await posts.snapshot();
  }
  const root = await contents(posts);
  await posts.close();
  expect(root).toMatchObject({ authors: { Ada: 3, Bob: 1 }, count: 4 });
  return root;
}

it.each([{ snapshotBehind: 0 }, { snapshotBehind: 2 }, { snapshotBehind: 4 }])(
  'is what it was when the version was raised: %o',
  async (how) => {
    const root = await before(how);
    const second = repository(declared(), { version: 2 });
    expect(await contents(second)).toEqual(root);
    await second.execute('add', ['e', 'Bob']);
    await second.snapshot();
    await second.execute('add', ['f', 'Bob']);
    await second.close();
    await using third = repository(declared(), { version: 2 });
    expect(await contents(third)).toMatchObject({ authors: { Ada: 3, Bob: 3 }, count: 6 });
    expect(await third.query((model) => Object.keys(model))).toEqual(['posts', 'authors', 'count', 'last']);
  },
);

it.each([
  { snapshotBehind: 0, code: 'REPLAY_FAILED' },
  { snapshotBehind: 2, code: 'MIGRATION_FAILED' },
  { snapshotBehind: 4, code: 'MIGRATION_FAILED' },
])('is refused with $code without that, behind a snapshot of $snapshotBehind commands', async ({ code, ...how }) => {
  const root = await before(how);
  const refused = repository(declared());
  const raise = expect.stringMatching(/raise the version/i) as string;
  await expect(refused.restore()).rejects.toMatchObject({ code, hint: raise });
  await refused.close();
  await using first = repository({ posts: {} });
  expect(await contents(first)).toEqual(root);
});

it('is refused when it is no object, and declared as one', async () => {
  await before({ snapshotBehind: 2 });
  await using other = repository({ posts: {}, authors: {}, count: {} as never }, { version: 2 });
  await expect(other.restore()).rejects.toMatchObject({ code: 'MIGRATION_FAILED', found: 2 });
});
