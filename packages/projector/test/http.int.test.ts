/** A projector over HTTP: what it serves, whom it refuses, and what happens to clients of streams. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { type IncomingMessage, request as httpRequest, type RequestOptions } from 'node:http';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Projector, type ProjectorServer, type ProjectorServerOptions, serveProjector } from '../src/index.ts';
import { poisonAmount } from './ledger.ts';
import { modules, patience, useTestBed } from './test-bed.ts';

const bed = useTestBed({ restart: { initialDelayMs: 10 } });
let projector: Projector;
let server: ProjectorServer | undefined;

beforeEach(() => {
  projector = bed.open(modules('balances'));
});

afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function serve(options: ProjectorServerOptions = {}): Promise<ProjectorServer> {
  await projector.start();
  return serveIdle(options);
}

/** Serves a projector that was not started: what a request may do does not depend on it. */
async function serveIdle(options: ProjectorServerOptions = {}): Promise<ProjectorServer> {
  server = await serveProjector(projector, { port: 0, ...options });
  return server;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A request with the given headers, which `fetch` would not send. */
async function ask(path: string, options: RequestOptions = {}, body?: string): Promise<Answer> {
  const asking = httpRequest(new URL(path, server!.url), options);
  asking.end(body);
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  return { status: response.statusCode!, headers: response.headers, body: await text(response) };
}

async function askJson(path: string, options?: RequestOptions): Promise<Record<string, unknown>> {
  return JSON.parse((await ask(path, options)).body) as Record<string, unknown>;
}

interface Change {
  readonly id: string;
  readonly data: { readonly position: number; readonly state: unknown };
}

/** The states from a stream of changes as they arrive, and a function to end it. */
async function listen(name: string, headers: Record<string, string> = {}) {
  const asking = httpRequest(new URL(`/projections/${name}/events`, server!.url), { headers });
  asking.end();
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  const changes: Change[] = [];
  let id = '';
  const lines = createInterface({ input: response });
  // Either end may close first.
  lines.on('error', () => undefined);
  lines.on('line', (line) => {
    if (line.startsWith('id: ')) id = line.slice(4);
    if (line.startsWith('data: ')) changes.push({ id, data: JSON.parse(line.slice(6)) as Change['data'] });
  });
  response.on('error', () => undefined);
  const ended = new Promise((resolve) => response.on('close', resolve));
  return { response, changes, ended, end: () => asking.destroy() };
}

describe('a projector server', () => {
  it('serves states, with a tag for those who have them already', async () => {
    const last = await bed.ledger.commit(40);
    await serve();
    const { status, headers, body } = await ask(`/projections/balances?position=${last}`);
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('application/json');
    expect(JSON.parse(body)).toEqual({ name: 'balances', version: 1, position: last, state: bed.ledger.balances() });
    const again = await ask('/projections/balances', { headers: { 'If-None-Match': headers.etag! } });
    expect(again).toMatchObject({ status: 304, body: '' });
    expect(await ask('/projections/balances', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
    await projector.waitFor('balances', await bed.ledger.deposit('anna', 1));
    const changed = await ask('/projections/balances', { headers: { 'If-None-Match': headers.etag! } });
    expect(changed.status).toBe(200);
  });

  it('waits for the position that a request asks for, but not for ever', async () => {
    await serve({ waitTimeoutMs: 300 });
    const waiting = askJson('/projections/balances?position=1');
    await bed.ledger.deposit('anna', 7);
    expect(await waiting).toMatchObject({ position: 1, state: { anna: 7 } });
    expect((await ask('/projections/balances?position=99')).status).toBe(504);
    expect((await ask('/projections/balances?position=all')).status).toBe(400);
    await projector.stop();
    expect((await ask('/projections/balances?position=99')).status).toBe(503);
    expect(await askJson('/projections/balances')).toMatchObject({ position: 1 });
  });

  it('serves status, metrics and dead letters, without paths of files', async () => {
    projector = bed.open(modules('balances', 'tolerant'));
    await bed.ledger.deposit('anna', poisonAmount);
    const last = await bed.ledger.commit(5);
    await serve();
    await projector.waitFor('tolerant', last);
    const { projections } = await askJson('/status');
    expect(JSON.stringify(projections)).not.toContain('tolerant.ts');
    expect(projections).toMatchObject([
      { name: 'balances', state: 'running', position: expect.any(Number) as number },
      { name: 'tolerant', state: 'running', deadLetters: 1, lag: { events: 0, ms: 0 } },
    ]);
    const letters = await ask('/projections/tolerant/dead-letters');
    expect(JSON.parse(letters.body)).toMatchObject({
      name: 'tolerant',
      deadLetters: [{ position: 1, event: { amount: poisonAmount }, error: { message: expect.any(String) as string } }],
    });
    expect(letters.body).not.toContain('tolerant.ts');
    const { body, headers } = await ask('/metrics');
    expect(headers['content-type']).toContain('version=0.0.4');
    expect(body).toContain('# TYPE varve_projection_position gauge\n');
    expect(body).toContain(`varve_projection_position{projection="tolerant"} ${last}\n`);
    expect(body).toContain('varve_projection_dead_letters{projection="tolerant"} 1\n');
    expect(body).toContain('varve_projection_state{projection="tolerant",state="running"} 1\n');
    expect(body).toContain('varve_projection_state{projection="tolerant",state="failed"} 0\n');
    for (const line of body.trimEnd().split('\n')) expect(line).toMatch(/^# |^varve_projection_\w+{[^}]*} [\d.e-]+$/);
  });

  it.each(['/', '/status/x', '/projections', '/projections/other', '/projections/balances/x', '/projections/%ff'])(
    'has nothing at %s',
    async (path) => {
      await serveIdle();
      expect((await ask(path)).status).toBe(404);
    },
  );

  it('says that a port is taken', async () => {
    const { url } = await serve();
    const listeners = projector.listenerCount('progress');
    const port = Number(new URL(url).port);
    await expect(serveProjector(projector, { port })).rejects.toMatchObject({ code: 'INVALID_OPTION', found: port });
    expect(projector.listenerCount('progress')).toBe(listeners);
  });
});

describe('a request', () => {
  it.each<[string, RequestOptions, number]>([
    ['that calls the server by a strange name', { headers: { Host: 'attacker.example' } }, 421],
    ['that calls it by a strange name and our port', { headers: { Host: 'attacker.example:80' } }, 421],
    ['from a page of another site', { headers: { Origin: 'https://attacker.example' } }, 403],
    ['from a page without an origin', { headers: { Origin: 'null' } }, 403],
    ['that would change something', { method: 'POST' }, 405],
    ['with a body', { headers: { 'Content-Length': '5' } }, 413],
    ['with a body of unknown length', { headers: { 'Transfer-Encoding': 'chunked' } }, 413],
    ['with a long path', { path: `/status?${'x'.repeat(3000)}` }, 414],
    ['with large headers', { headers: { 'X-Padding': 'x'.repeat(10_000) } }, 431],
  ])('%s is refused', async (_, options, status) => {
    await serveIdle();
    const answer = await ask('/status', options, options.headers !== undefined && status === 413 ? 'hello' : undefined);
    expect(answer.status).toBe(status);
    expect(answer.body).not.toContain('balances');
  });

  it('is answered under the names and to the pages that are allowed', async () => {
    await serveIdle({ allowedHosts: ['views.example'], allowedOrigins: ['https://app.example'] });
    const Origin = 'https://app.example';
    expect((await ask('/status', { headers: { Host: 'views.example:99' } })).status).toBe(200);
    const answer = await ask('/status', { headers: { Origin } });
    expect(answer).toMatchObject({ status: 200, headers: { 'access-control-allow-origin': Origin, vary: 'Origin' } });
    const asked = await ask('/status', { method: 'OPTIONS', headers: { Origin } });
    expect(asked).toMatchObject({ status: 204, headers: { 'access-control-allow-origin': Origin } });
    const own = await ask('/status', { headers: { Origin: server!.url } });
    expect(own.headers['access-control-allow-origin']).toBeUndefined();
    expect(own.status).toBe(200);
  });

  it('needs the token where there is one', async () => {
    const token = 'a secret of some length';
    await serveIdle({ token, host: '0.0.0.0' });
    const statusWith = async (Authorization?: string): Promise<number> => {
      return (await ask('/status', { headers: Authorization === undefined ? {} : { Authorization } })).status;
    };
    expect(await statusWith()).toBe(401);
    expect(await statusWith('Bearer another secret')).toBe(401);
    expect(await statusWith(token)).toBe(401);
    expect(await statusWith(`Bearer ${token}`)).toBe(200);
    expect((await ask('/projections/balances/events')).status).toBe(401);
  });

  it('that is no HTTP is refused, and the server lives', async () => {
    const { url } = await serveIdle();
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.end('hello?\r\n\r\n');
    expect(await text(socket)).toContain('400 Bad Request');
    expect((await ask('/status')).status).toBe(200);
  });
});

describe('a stream of changes', () => {
  it('begins with the state, and goes on with each one that was saved', async () => {
    const first = await bed.ledger.commit(10);
    await serve({ streamIntervalMs: 1 });
    await projector.waitFor('balances', first);
    const stream = await listen('balances');
    expect(stream.response.headers['content-type']).toContain('text/event-stream');
    await expect.poll(() => stream.changes.length, patience).toBe(1);
    expect(stream.changes[0]).toEqual({
      id: `1-${first}`,
      data: { name: 'balances', version: 1, position: first, state: bed.ledger.balances() },
    });
    const last = await bed.ledger.commit(10);
    await expect.poll(() => stream.changes.at(-1)?.data.position, patience).toBe(last);
    expect(stream.changes.at(-1)!.data.state).toEqual(bed.ledger.balances());
    const positions = stream.changes.map(({ data }) => data.position);
    expect(positions).toEqual([...new Set(positions)].sort((left, right) => left - right));
    stream.end();
  });

  it('does not repeat what the client has seen', async () => {
    const first = await bed.ledger.commit(10);
    await serve({ streamIntervalMs: 1 });
    await projector.waitFor('balances', first);
    const stream = await listen('balances', { 'Last-Event-ID': `1-${first}` });
    const last = await bed.ledger.deposit('anna', 5);
    await expect.poll(() => stream.changes.length, patience).toBe(1);
    expect(stream.changes[0]!.data.position).toBe(last);
    stream.end();
  });

  it('gives a client that reads slowly fewer states, and the newest one in the end', async () => {
    projector = bed.open(modules('bulky'));
    await serve({ streamIntervalMs: 1 });
    const stream = await listen('bulky');
    await expect.poll(() => stream.changes.length, patience).toBe(1);
    stream.response.pause();
    const commits = 30;
    for (let count = 1; count <= commits; count++) {
      await projector.waitFor('bulky', await bed.ledger.deposit('anna', 1));
    }
    stream.response.resume();
    await expect.poll(() => stream.changes.at(-1)?.data.position, patience).toBe(commits);
    expect(stream.changes.length).toBeLessThan(commits / 2);
    stream.end();
  });

  it('is one of so many, and ends with the server', async () => {
    await serve({ maxStreams: 2 });
    const streams = [await listen('balances'), await listen('balances')];
    expect((await ask('/projections/balances/events')).status).toBe(503);
    streams[0]!.end();
    await expect
      .poll(async () => {
        const stream = await listen('balances');
        stream.end();
        return stream.response.statusCode;
      }, patience)
      .toBe(200);
    await server!.close();
    await streams[1]!.ended;
    server = undefined;
  });
});

describe('a projector', () => {
  it('publishes what happens on channels for diagnostics', async () => {
    const seen: [string, unknown][] = [];
    const note = (message: unknown, name: string | symbol): void => void seen.push([String(name), message]);
    const names = ['status', 'progress', 'caught-up', 'restart'].map((name) => `varve:projector:${name}`);
    for (const name of names) subscribe(name, note);
    await bed.ledger.commit(5);
    await projector.start();
    process.kill(projector.status()[0]!.pid!, 'SIGKILL');
    await expect.poll(() => new Set(seen.map(([name]) => name)), patience).toEqual(new Set(names));
    for (const name of names) unsubscribe(name, note);
    const [, restart] = seen.find(([name]) => name.endsWith('restart'))!;
    expect(restart).toMatchObject({ name: 'balances', ...bed.place, failures: 1 });
    const [, progress] = seen.find(([name]) => name.endsWith('progress'))!;
    expect(progress).toMatchObject({ store: 'ledger', status: { position: expect.any(Number) as number } });
  });
});
