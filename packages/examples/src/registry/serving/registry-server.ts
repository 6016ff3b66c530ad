/**
 * The registry over HTTP: two pages, a stream of pushes for each, the model of the past, and, where commands are
 * executed, three orders. An order that gets a decision is answered without content (204). Its outcome is pushed: the
 * new registry to all pages, a refusal to the session that gave the order.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ReadableEventStore } from '@varve/core';
import type { OrderName, Orders } from '../model/orders.ts';
import type { ReadableRegistry } from '../model/registry.ts';
import { journalLines } from '../pages/journal-lines.ts';
import { journalPage, journalTable, pastTable } from '../pages/journal-page.ts';
import { registryPage } from '../pages/registry-page.ts';
import { registryTable } from '../pages/registry-table.ts';
import { type Asset, loadAssets } from './assets.ts';
import { fragmentEvent, signalsEvent } from './datastar-events.ts';
import { PastModels } from './past-models.ts';
import { PushStreams } from './push-streams.ts';
import { RefusedRequest } from './refused-request.ts';
import { guard, safetyHeaders } from './request-guard.ts';
import { orderForm, positionOf, sessionOf, signalsOfBody, signalsOfQuery } from './signals.ts';

export interface RegistryServerInput {
  readonly system: ReadableRegistry;
  readonly store: ReadableEventStore;
  readonly directory: string;
  /** Takes orders; absent where the registry is only followed. */
  readonly orders?: Orders;
  /** Receives errors of this server that are not the client's fault. */
  readonly onFailure: (error: unknown) => void;
}

const maxStreams = 64;
const maxConnections = 256;
const limits = { maxHeaderSize: 8192, requestTimeout: 10_000, headersTimeout: 10_000 };
const shownLines = 50;
const html = 'text/html; charset=utf-8';
const orderOfPath: Readonly<Record<string, OrderName>> = { '/spawn': 'spawn', '/sight': 'sight', '/retire': 'retire' };

export class RegistryServer implements AsyncDisposable {
  private readonly input: RegistryServerInput;
  private readonly server: Server;
  private readonly assets: ReadonlyMap<string, Asset> = loadAssets();
  private readonly pages: PushStreams;
  private readonly journals: PushStreams;
  private readonly past: PastModels;

  constructor(input: RegistryServerInput) {
    this.input = input;
    const { system, store, orders } = input;
    const tableOptions = { id: 'registry', hasButtons: orders !== undefined };
    this.pages = new PushStreams(() => fragmentEvent(registryTable(system, tableOptions)));
    this.journals = new PushStreams(() => {
      return fragmentEvent(journalTable(journalLines(store, shownLines))) + signalsEvent({ last: system.position });
    });
    this.past = new PastModels(store);
    this.server = createServer(limits, (request, response) => {
      this.answer(request, response).catch((error: unknown) => this.fail(response, error));
    });
    this.server.maxConnections = maxConnections;
  }

  /** The server's address, such as `http://localhost:8989`. */
  get url(): string {
    return `http://localhost:${(this.server.address() as AddressInfo).port}`;
  }

  /** Listens on this machine only. Rejects when the port is taken. */
  async listen(port: number): Promise<this> {
    const listening = Promise.withResolvers<void>();
    this.server.once('error', (error) => {
      listening.reject(new Error(`Port ${port} cannot be used: ${error.message}`, { cause: error }));
    });
    this.server.listen({ host: '127.0.0.1', port }, () => listening.resolve());
    await listening.promise;
    return this;
  }

  /** The registry has changed: all pages are updated. */
  changed(): void {
    this.pages.changed();
    this.journals.changed();
  }

  /** Breaks all streams once pending pushes are on their way, and resolves when all connections are closed. */
  async close(): Promise<void> {
    // One turn each: waiting orders report their outcome, the reports are written, the written bytes leave.
    for (let turn = 0; turn < 3; turn++) await nextTurn();
    this.pages.close();
    this.journals.close();
    const closed = Promise.withResolvers<void>();
    this.server.close(() => closed.resolve());
    this.server.closeAllConnections();
    await closed.promise;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeaders(new Map(Object.entries(safetyHeaders)));
    guard(request);
    const url = URL.parse(request.url ?? '/', 'http://localhost');
    if (url === null) throw new RefusedRequest(400, 'This is no path.');
    const order = orderOfPath[url.pathname];
    if (order !== undefined) return this.takeOrder(order, request, response);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      throw new RefusedRequest(405, 'Only GET and HEAD.', { Allow: 'GET, HEAD' });
    }
    await this.show(url, response);
  }

  private async show(url: URL, response: ServerResponse): Promise<void> {
    const { system, store, directory, orders } = this.input;
    const asset = this.assets.get(url.pathname);
    if (asset !== undefined) return send(response, 200, asset.content, asset.type);
    switch (url.pathname) {
      case '/': {
        return send(response, 200, registryPage({ system, directory, isReadOnly: orders === undefined }), html);
      }
      case '/journal': {
        const lines = journalLines(store, shownLines);
        return send(response, 200, journalPage({ system, lines, directory }), html);
      }
      case '/sse': {
        return this.openStream(this.pages, url, response);
      }
      case '/journal/sse': {
        return this.openStream(this.journals, url, response);
      }
      case '/past': {
        const position = positionOf(signalsOfQuery(url), 'moment');
        const table = pastTable(await this.past.at(position), position);
        return send(response, 200, fragmentEvent(table), 'text/event-stream; charset=utf-8');
      }
      default: {
        throw new RefusedRequest(404, 'There is nothing here. There are /, /journal, /sse, /journal/sse and /past.');
      }
    }
  }

  private openStream(streams: PushStreams, url: URL, response: ServerResponse): void {
    const session = sessionOf(signalsOfQuery(url));
    if (this.pages.count + this.journals.count >= maxStreams) {
      throw new RefusedRequest(503, 'There are too many streams.', { 'Retry-After': '5' });
    }
    if (response.req.method === 'HEAD') return send(response, 200, '', 'text/event-stream; charset=utf-8');
    streams.open(session, response);
  }

  private async takeOrder(order: OrderName, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { orders, onFailure } = this.input;
    if (request.method !== 'POST') throw new RefusedRequest(405, 'An order is a POST.', { Allow: 'POST' });
    if (orders === undefined) {
      throw new RefusedRequest(403, 'This registry is read-only: orders are taken by the process that it follows.');
    }
    const signals = await signalsOfBody(request);
    const session = sessionOf(signals);
    const { message, failure } = await orders.give(order, orderForm(signals));
    if (message === '') this.changed();
    // An empty message clears the previous one.
    this.pages.tell(session, { msg: message });
    if (failure === undefined) return send(response, 204, '');
    onFailure(failure);
    throw new RefusedRequest(503, message);
  }

  private fail(response: ServerResponse, error: unknown): void {
    const isRefusal = error instanceof RefusedRequest;
    if (!isRefusal) this.input.onFailure(error);
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    const { status, message, headers } = isRefusal
      ? error
      : { status: 500, message: 'Something went wrong here.', headers: {} };
    response.setHeaders(new Map(Object.entries(headers)));
    // The rest of the request is not read.
    response.setHeader('Connection', 'close');
    send(response, status, JSON.stringify({ error: { message } }), 'application/json');
  }
}

function send(response: ServerResponse, status: number, content: string | Buffer, type?: string): void {
  if (type !== undefined) response.setHeader('Content-Type', type);
  if (status !== 204 && type !== 'text/event-stream; charset=utf-8') {
    response.setHeader('Content-Length', Buffer.byteLength(content));
  }
  response.writeHead(status);
  // For HEAD, Node.js drops the content.
  response.end(content);
}
