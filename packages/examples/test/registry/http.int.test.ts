/** The registry as a process, used over HTTP: what is pushed to whom, what is refused, and what survives. */
import { execFileSync } from 'node:child_process';
import { request } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ProgramProcess } from '../program-process.ts';
import { Pushes } from './pushes.ts';
import { RegistryProcess } from './registry-process.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'registry-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

/** Gives an order; resolves with the status of the answer. */
async function order(url: string, path: string, signals: object): Promise<number> {
  const headers = { 'Content-Type': 'application/json' };
  return (await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(signals) })).status;
}

/** The rows of a table, as the texts of their cells. */
function rowsOf(html: string): string[][] {
  return [...html.matchAll(/<tr class="[^"]*">(.*?)<\/tr>/gs)].map(([, row]) =>
    [...row!.matchAll(/<td>(.*?)<\/td>/gs)].slice(0, 7).map(([, cell]) => cell!.trim()),
  );
}

async function rows(url: string): Promise<string[][]> {
  return rowsOf(await (await fetch(url)).text());
}

describe('orders', () => {
  it('are answered without content; what comes of them is pushed, to all or to one', async () => {
    await using registry = new RegistryProcess(directory, ['--delay', '0']);
    const url = await registry.url;
    using winner = new Pushes(url, 'winner');
    using loser = new Pushes(url, 'loser');
    await Promise.all([winner, loser].map((pushes) => pushes.until(({ data }) => data.includes('AT-LARGE: 4'))));

    expect(await order(url, '/retire', { target: 'N6MAA10816', sid: 'winner' })).toBe(204);
    await winner.untilMessage('');
    await loser.until(({ data }) => data.includes('AT-LARGE: 3'));
    expect(await order(url, '/retire', { target: 'N6MAA10816', sid: 'loser' })).toBe(204);
    await loser.untilMessage('N6MAA10816 was already retired by another unit -- command void');
    expect(await order(url, '/retire', { target: 'N7FAB00001', sid: 'loser' })).toBe(204);
    await loser.untilMessage('N7FAB00001 retirement order failed -- system error code RACH32fa00a139');
    expect(await order(url, '/sight', { target: 'N8', sid: 'loser' })).toBe(204);
    await loser.untilMessage('N8 is not in the registry -- command void');
    expect(await order(url, '/sight', { target: 'N6MAA10816', sid: 'loser' })).toBe(204);
    await loser.untilMessage('');
    await winner.until(({ data }) => rowsOf(data)[0]?.[5] === '1');
    expect(winner.messages).toEqual(['']);
  });

  it('of two at once, one is carried out and one is void', async () => {
    await using registry = new RegistryProcess(directory, ['--delay', '0.2']);
    const url = await registry.url;
    using first = new Pushes(url, 'first');
    using second = new Pushes(url, 'second');
    const tables = [first, second].map((pushes) => pushes.until(({ data }) => data.includes('AT-LARGE: 4')));
    await Promise.all(tables);
    const statuses = await Promise.all(
      ['first', 'second'].map((sid) => order(url, '/retire', { target: 'N6MAC41717', sid })),
    );
    expect(statuses).toEqual([204, 204]);
    const isMessage = ({ event }: { event: string }): boolean => event === 'datastar-merge-signals';
    await Promise.all([first.until(isMessage), second.until(isMessage)]);
    const messages = [...first.messages, ...second.messages].toSorted();
    expect(messages).toEqual(['', 'N6MAC41717 was already retired by another unit -- command void']);
  });

  it('that are held are refused when the process ends, and whoever gave them reads it', async () => {
    await using registry = new RegistryProcess(directory, ['--delay', '60']);
    const url = await registry.url;
    using pushes = new Pushes(url, 'me');
    await pushes.until(({ data }) => data.includes('AT-LARGE: 4'));
    const held = order(url, '/retire', { target: 'N6MAA10816', sid: 'me' });
    // By the time that these are answered one after the other, the first one has long been held.
    for (let n = 0; n < 5; n++) expect(await order(url, '/sight', { target: 'N6MAC41717' })).toBe(204);
    expect(await registry.stop('SIGTERM')).toBe(0);
    await pushes.untilMessage('The terminal was shut down -- command void');
    expect(await held).toBe(204);
  });

  it('are heard of by the session also when its stream comes later', async () => {
    await using registry = new RegistryProcess(directory, ['--delay', '0']);
    const url = await registry.url;
    for (let n = 0; n < 65; n++) await order(url, '/sight', { target: `N${n}`, sid: `session-${n}` });
    using last = new Pushes(url, 'session-64');
    await last.untilMessage('N64 is not in the registry -- command void');
    using first = new Pushes(url, 'session-0');
    await first.until(({ data }) => data.includes('AT-LARGE: 4'));
    expect(await order(url, '/sight', { target: 'N6MAA10816', sid: 'session-0' })).toBe(204);
    await first.untilMessage('');
    expect([last.messages, first.messages]).toEqual([['N64 is not in the registry -- command void'], ['']]);
  });

  it('register units, each designation once, and say what is wrong with the form', async () => {
    await using registry = new RegistryProcess(directory);
    const url = await registry.url;
    using pushes = new Pushes(url, 'me');
    await pushes.until(({ data }) => data.includes('AT-LARGE: 4'));
    const refusals = [
      [{}, 'Designation required'],
      [{ designation: '  ' }, 'Designation required'],
      [{ designation: 'N6MAA10816' }, 'Designation already registered'],
      [{ designation: '12345678901' }, 'Designation is longer than 10 characters'],
      [{ designation: 'a\u0007' }, 'Designation has characters that cannot be shown'],
      [{ designation: 'a', model: 'Nexus-9' }, 'There is no such model'],
    ] as const;
    for (const [form, message] of refusals) {
      expect(await order(url, '/spawn', { ...form, sid: 'me' })).toBe(204);
      await pushes.until(({ data }) => data.includes(message));
    }
    const form = { designation: `<'">&`, model: 'Nexus-8', role: '</td>', incept: '${1}', sid: 'me' };
    expect(await order(url, '/spawn', form)).toBe(204);
    await pushes.until(({ data }) => data.includes('AT-LARGE: 5 | RETIRED: 0 | MODELS: Nexus-6, Nexus-7, Nexus-8'));
    const expected = ['&lt;&#39;&quot;&gt;&amp;', 'Nexus-8', '&lt;/td&gt;', '${1}', 'AT-LARGE', '0', '-'];
    expect((await rows(url)).at(-1)).toEqual(expected);
  });
});

describe('requests', () => {
  it.each([
    ['a name that is not ours', { headers: { Host: 'registry.example' } }, 421],
    ['a page of another origin', { headers: { Origin: 'http://registry.example' } }, 403],
    ['a page of another port', { headers: { Origin: 'http://localhost:1' } }, 403],
    ['a path that is too long', { path: `/${'x'.repeat(5000)}` }, 414],
    ['a path that leads nowhere', { path: '/nothing' }, 404],
    ['a body where there is none', { headers: { 'Content-Length': '2' }, body: '{}' }, 413],
    ['an order that is no POST', { path: '/sight' }, 405],
    ['a POST that is no order', { method: 'POST' }, 405],
    ['an order as a form', { method: 'POST', path: '/sight', body: 'target=x' }, 415],
    ['an order that is not JSON', { method: 'POST', path: '/sight', body: '{', type: 'application/json' }, 400],
    ['an order that is no object', { method: 'POST', path: '/sight', body: '[]', type: 'application/json' }, 400],
    [
      'a target that is no text',
      { method: 'POST', path: '/sight', body: '{"target":1}', type: 'application/json' },
      400,
    ],
    [
      'an order of many bytes',
      { method: 'POST', path: '/spawn', body: ' '.repeat(17_000), type: 'application/json' },
      413,
    ],
    ['a position that is none', { path: '/past?datastar=%7B%22moment%22%3A-1%7D' }, 400],
  ])(
    'are refused for %s',
    async (_, { method = 'GET', path = '/', headers = {}, body = '', type = '' }: Asked, status) => {
      await using registry = new RegistryProcess(directory);
      const url = new URL(path, await registry.url);
      const allHeaders = { ...headers, ...(type === '' ? {} : { 'Content-Type': type }) };
      const answer = await new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
        const asking = request(url, { method, headers: allHeaders }, (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
          response.on('end', () => resolve({ status: response.statusCode, text }));
        });
        asking.on('error', reject);
        asking.end(body);
      });
      expect(answer.status).toBe(status);
      expect(JSON.parse(answer.text)).toEqual({ error: { message: expect.any(String) as string } });
      expect(registry.stderr).toBe('');
    },
  );

  interface Asked {
    method?: string;
    path?: string;
    headers?: Record<string, string>;
    body?: string;
    type?: string;
  }
});

describe('the state', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGKILL'] as const)(
    'survives %s as it was, and is not seeded again',
    async (signal) => {
      let before: string[][];
      {
        await using registry = new RegistryProcess(directory, ['--delay', '0']);
        const url = await registry.url;
        expect(await order(url, '/spawn', { designation: 'new' })).toBe(204);
        for (let n = 0; n < 20; n++) await order(url, '/sight', { target: 'new' });
        await order(url, '/retire', { target: 'N6FAB21416' });
        before = await rows(url);
        expect(before.map(([name, , , , status, sightings]) => [name, status, sightings])).toEqual([
          ['N6MAA10816', 'AT-LARGE', '0'],
          ['N6FAB21416', 'RETIRED', '0'],
          ['N6MAC41717', 'AT-LARGE', '0'],
          ['N7FAB00001', 'AT-LARGE', '0'],
          ['new', 'AT-LARGE', '20'],
        ]);
        expect(before[4]![6]).toMatch(/^\d\d:\d\d:\d\d$/);
        expect(await registry.stop(signal)).toBe(signal === 'SIGKILL' ? 'SIGKILL' : 0);
      }
      await using registry = new RegistryProcess(directory);
      expect(await rows(await registry.url)).toEqual(before);
    },
  );

  it('of any position can be looked at, while the journal grows', async () => {
    await using registry = new RegistryProcess(directory, ['--delay', '0']);
    const url = await registry.url;
    using journal = new Pushes(url, '', '/journal/sse');
    for (const target of ['N6MAA10816', 'N6MAC41717']) await order(url, '/retire', { target });
    await journal.until(({ data }) => data === '{"last":3}');
    expect(journal.all.findLast(({ event }) => event === 'datastar-merge-fragments')?.data).toMatch(
      /retire.*retire.*seed/s,
    );
    const retiredAt = async (moment: number): Promise<string[]> => {
      const query = new URLSearchParams({ datastar: JSON.stringify({ moment }) });
      const lines = await (await fetch(`${url}/past?${query.toString()}`)).text();
      const cells = rowsOf(lines.replaceAll('data: fragments ', ''));
      return cells.filter(([, , , , status]) => status === 'RETIRED').map(([name]) => name!);
    };
    expect(await Promise.all([0, 1, 2, 3, 99].map(retiredAt))).toEqual([
      [],
      [],
      ['N6MAA10816'],
      ['N6MAA10816', 'N6MAC41717'],
      ['N6MAA10816', 'N6MAC41717'],
    ]);
  });

  it('is followed by another process, which takes no orders', async () => {
    await using registry = new RegistryProcess(directory, ['--delay', '0']);
    const url = await registry.url;
    await using follower = new RegistryProcess(directory, ['--follow']);
    const followerUrl = await follower.url;
    using pushes = new Pushes(followerUrl, 'me');
    await pushes.until(({ data }) => data.includes('AT-LARGE: 4'));
    await order(url, '/retire', { target: 'N6MAA10816' });
    await pushes.until(({ data }) => data.includes('AT-LARGE: 3'));
    expect(await rows(followerUrl)).toEqual(await rows(url));
    expect(await (await fetch(followerUrl)).text()).not.toContain('<button');
    expect(await order(followerUrl, '/retire', { target: 'N6FAB21416' })).toBe(403);
    expect(await follower.stop('SIGTERM')).toBe(0);
    expect(follower.stderr).toBe('');
  });
});

describe('the program', () => {
  it.each([
    ['a wrong option', ['--port', 'many'], 2, /--port must be a whole number from 0 to 65535, not "many"[^]*Usage:/],
    ['a directory that cannot be', ['--directory', '/dev/null/x'], 2, /--directory \/dev\/null\/x cannot be used/],
  ])('ends for %s', async (_, commandLine, exitCode, message) => {
    await using program = new ProgramProcess('registry/main', commandLine, directory);
    const { end, stderr } = await program.end();
    expect(stderr).toMatch(message);
    expect(end).toBe(exitCode);
  });

  it('that follows never loads the code that writes', () => {
    const script = `
      import { registerHooks } from 'node:module';
      const loaded = [];
      registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
      await import(process.argv[1]);
      console.log(loaded.filter((url) => /[/]packages[/](writer|prevalence)[/]dist[/]index[.]js$/.test(url)).join());
    `;
    const loadedBy = (program: string): string => {
      const path = join(import.meta.dirname, `../../dist/registry/${program}.js`);
      return execFileSync(process.execPath, ['--input-type=module', '-e', script, path], { encoding: 'utf8' });
    };
    expect(loadedBy('follower')).toMatch(/^[^,]*prevalence[^,]*$/);
    expect(loadedBy('operator')).toMatch(/writer/);
  });

  it('ends when there is nothing to follow, when the store is open elsewhere, and when the port is taken', async () => {
    await using early = new RegistryProcess(directory, ['--follow']);
    expect(await early.end()).toMatchObject({ end: 1, stderr: expect.stringMatching(/no store/i) as string });
    await using registry = new RegistryProcess(directory);
    const { port } = new URL(await registry.url);
    await using second = new RegistryProcess(directory);
    expect(await second.end()).toMatchObject({ end: 1, stderr: expect.stringContaining('open') as string });
    await using follower = new RegistryProcess(directory, ['--follow', '--port', port]);
    expect(await follower.end()).toMatchObject({ end: 1, stderr: expect.stringContaining(`Port ${port}`) as string });
  });
});
