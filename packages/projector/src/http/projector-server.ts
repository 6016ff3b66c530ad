/**
 * Serves a projector's data over HTTP: status as JSON, metrics for Prometheus, states as JSON or as a stream of
 * changes, dead letters. It only reads. Every request passes the guard first; no request has a body, and every list is
 * bounded.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hasErrorCode, VarveError } from '@varve/core';
import { reportOf } from '../protocol/error-report.ts';
import type { Projector } from '../supervisor/projector.ts';
import { toJson } from './json.ts';
import { metricsContentType, metricsText } from './metrics.ts';
import { RequestGuard } from './request-guard.ts';
import { servedLetter, servedStatus } from './served-reports.ts';
import { type ProjectorServerOptions, type ResolvedServerOptions, resolveServerOptions } from './server-options.ts';
import { StateReader } from './state-reader.ts';
import { StateStreams } from './state-streams.ts';

const maxHeaderBytes = 8192;
const requestTimeoutMs = 10_000;

/** One request, with its response and URL. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
}

export class ProjectorServer implements AsyncDisposable {
  private readonly projector: Projector;
  private readonly options: ResolvedServerOptions;
  private readonly guard: RequestGuard;
  private readonly server: Server;
  private readonly states: StateReader;
  private readonly streams: StateStreams;

  /** @internal Servers come from `serveProjector`. */
  constructor(projector: Projector, options: ResolvedServerOptions) {
    this.projector = projector;
    this.options = options;
    this.guard = new RequestGuard(options);
    this.states = new StateReader(projector);
    this.streams = new StateStreams(projector, this.states, options.streamIntervalMs);
    const limits = {
      maxHeaderSize: maxHeaderBytes,
      requestTimeout: requestTimeoutMs,
      headersTimeout: requestTimeoutMs,
    };
    this.server = createServer(limits, (request, response) => {
      this.answer(request, response).catch((error: unknown) => fail(response, error));
    });
    this.server.maxConnections = options.maxConnections;
  }

  /** The server's address, such as `http://127.0.0.1:8710`. */
  get url(): string {
    const { address, port, family } = this.server.address() as AddressInfo;
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  }

  /** @internal */
  async listen(): Promise<this> {
    const { host, port } = this.options;
    const listening = Promise.withResolvers<void>();
    this.server.once('error', (error) => listening.reject(cannotListen(host, port, error)));
    this.server.listen({ host, port }, () => listening.resolve());
    try {
      await listening.promise;
    } catch (error) {
      this.streams.close();
      throw error;
    }
    return this;
  }

  /** Ends all streams, and resolves when all connections are closed. */
  async close(): Promise<void> {
    this.streams.close();
    const closed = Promise.withResolvers<void>();
    this.server.close(() => closed.resolve());
    this.server.closeAllConnections();
    await closed.promise;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Cache-Control', 'no-cache');
    const refusal = this.guard.refusalOf(request);
    if (refusal !== undefined) {
      for (const [name, value] of Object.entries(refusal.headers ?? {})) response.setHeader(name, value);
      // The rest of the request is not read.
      response.setHeader('Connection', 'close');
      return send(response, refusal.status, toJson({ error: { message: refusal.message } }));
    }
    for (const [name, value] of Object.entries(this.guard.originHeaders(request))) response.setHeader(name, value);
    if (request.method === 'OPTIONS') return send(response, 204, '');
    const url = URL.parse(request.url ?? '/', 'http://server');
    if (url === null) return send(response, 400, toJson({ error: { message: 'This is no path.' } }));
    await this.route({ request, response, url });
  }

  private async route(exchange: Exchange): Promise<void> {
    const { response, url } = exchange;
    const [first, name, part, ...rest] = url.pathname.split('/').slice(1).map(decoded);
    if (first === 'status' && name === undefined) {
      return send(response, 200, toJson({ projections: this.projector.status().map(servedStatus) }));
    }
    if (first === 'metrics' && name === undefined) {
      return send(response, 200, metricsText(this.projector.status()), metricsContentType);
    }
    const isKnown = this.projector.status().some((status) => status.name === name);
    if (first !== 'projections' || name === undefined || !isKnown || rest.length > 0) return notFound(response);
    if (part === undefined) return this.state(name, exchange);
    if (part === 'events') return this.stream(name, exchange);
    if (part !== 'dead-letters') return notFound(response);
    const deadLetters = this.projector.deadLetters(name).map(servedLetter);
    send(response, 200, toJson({ name, deadLetters }));
  }

  private async state(name: string, { request, response, url }: Exchange): Promise<void> {
    const position = url.searchParams.get('position');
    if (position !== null) {
      if (!/^\d{1,15}$/.test(position)) return badPosition(response);
      const isThere = await this.waitFor(name, Number(position), response);
      if (!isThere) return tooLate(response, position);
    }
    const { id, json } = this.states.read(name);
    const tag = `"${id}"`;
    response.setHeader('ETag', tag);
    if (request.headers['if-none-match'] === tag) return send(response, 304, '');
    send(response, 200, json);
  }

  /** Waits until the state contains the position; the result says whether it does. */
  private async waitFor(name: string, position: number, response: ServerResponse): Promise<boolean> {
    const timeout = AbortSignal.timeout(this.options.waitTimeoutMs);
    const left = new AbortController();
    const leave = (): void => left.abort();
    response.once('close', leave);
    try {
      await this.projector.waitFor(name, position, { signal: AbortSignal.any([timeout, left.signal]) });
      return true;
    } catch (error) {
      if (timeout.aborted || left.signal.aborted) return false;
      throw error;
    } finally {
      response.off('close', leave);
    }
  }

  private stream(name: string, { request, response }: Exchange): void {
    if (this.streams.count >= this.options.maxStreams) {
      response.setHeader('Retry-After', '5');
      return send(response, 503, toJson({ error: { message: 'There are too many streams.' } }));
    }
    response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8' });
    if (request.method === 'HEAD') {
      response.end();
      return undefined;
    }
    response.write('retry: 1000\n\n');
    const lastId = request.headers['last-event-id'];
    return this.streams.open(name, response, typeof lastId === 'string' ? lastId : undefined);
  }
}

/**
 * Serves a projector over HTTP; resolves when the server listens. The server runs until it is closed, also after the
 * projector has stopped.
 *
 * Rejects with `INVALID_OPTION`, also for a port that is taken.
 */
export function serveProjector(projector: Projector, options: ProjectorServerOptions = {}): Promise<ProjectorServer> {
  return new ProjectorServer(projector, resolveServerOptions(options)).listen();
}

function send(response: ServerResponse, status: number, text: string, type = 'application/json'): void {
  if (text !== '') response.setHeader('Content-Type', type);
  if (status !== 204 && status !== 304) response.setHeader('Content-Length', Buffer.byteLength(text));
  response.writeHead(status);
  // For HEAD, Node.js drops the text.
  response.end(text);
}

function notFound(response: ServerResponse): void {
  const paths = [
    '/status',
    '/metrics',
    '/projections/NAME',
    '/projections/NAME/events',
    '/projections/NAME/dead-letters',
  ];
  send(response, 404, toJson({ error: { message: 'There is nothing here.', paths } }));
}

function badPosition(response: ServerResponse): void {
  send(response, 400, toJson({ error: { message: 'The position must be an integer of 0 or more.' } }));
}

function tooLate(response: ServerResponse, position: string): void {
  response.setHeader('Retry-After', '1');
  send(response, 504, toJson({ error: { message: `The projection has not reached position ${position} in time.` } }));
}

/** Answers a failed request: the store or the state is at fault, or the projection has ended. */
function fail(response: ServerResponse, thrown: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { code, message } = reportOf(thrown);
  const status = hasErrorCode(thrown, 'STORE_CLOSED', 'WORKER_FAILED') ? 503 : 500;
  send(response, status, toJson({ error: { code, message } }));
}

/** The decoded segment of a path; a malformed one becomes '', which is not the name of anything. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return '';
  }
}

function cannotListen(host: string, port: number, cause: Error): VarveError {
  return new VarveError('INVALID_OPTION', `The server cannot listen on ${host}, port ${port}: ${cause.message}.`, {
    found: port,
    cause,
    hint: 'Give another "port", or 0 for any that is free.',
  });
}
