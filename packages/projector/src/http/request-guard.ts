/**
 * Decides whether a request may be answered, by the host name that it uses, the page it comes from, its token and its
 * size. A page of another site can make a browser on this machine send requests here, even under a host name that the
 * site has pointed at this machine, so the loopback address alone excludes no one.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isLoopback, type ResolvedServerOptions } from './server-options.ts';

/** Why a request is refused, as a status and a text. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const maxUrlLength = 2048;
const methods = ['GET', 'HEAD', 'OPTIONS'];

export class RequestGuard {
  private readonly tokenHash: Buffer | undefined;
  private readonly hosts: ReadonlySet<string>;
  private readonly origins: ReadonlySet<string>;
  /** With a token, which excludes strangers, any host name is accepted unless `allowedHosts` names some. */
  private readonly acceptsAnyHost: boolean;

  constructor({ token, host, allowedHosts, allowedOrigins }: ResolvedServerOptions) {
    this.tokenHash = token === undefined ? undefined : hashOf(token);
    const own = isLoopback(host) ? ['localhost', '127.0.0.1', '[::1]'] : [];
    this.hosts = new Set([...own, host.toLowerCase(), ...allowedHosts.map((name) => name.toLowerCase())]);
    this.origins = new Set(allowedOrigins);
    this.acceptsAnyHost = token !== undefined && allowedHosts.length === 0;
  }

  /** The reason why the request must not be answered; undefined when it may be. */
  refusalOf(request: IncomingMessage): Refusal | undefined {
    const { method = '', url = '', headers } = request;
    if (!this.isOurHost(headers.host)) return { status: 421, message: 'The server is not called by this name.' };
    if (!this.isOurPage(request)) return { status: 403, message: 'Pages of this origin may not read here.' };
    if (!methods.includes(method)) {
      return { status: 405, message: 'Only GET, HEAD and OPTIONS.', headers: { Allow: methods.join(', ') } };
    }
    if (url.length > maxUrlLength) return { status: 414, message: `More than ${maxUrlLength} characters.` };
    if (headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0') {
      return { status: 413, message: 'Requests have no body here.' };
    }
    // The preflight request of a browser carries no token.
    if (method === 'OPTIONS' || this.hasToken(headers.authorization)) return undefined;
    return { status: 401, message: 'A token is needed.', headers: { 'WWW-Authenticate': 'Bearer' } };
  }

  /** Headers that let a page of an allowed origin read the answer; other pages, and requests from no page, get none of them. */
  originHeaders({ headers: { origin } }: IncomingMessage): Record<string, string> {
    if (origin === undefined || !this.origins.has(origin)) return { Vary: 'Origin' };
    return {
      Vary: 'Origin',
      'Access-Control-Allow-Origin': origin,
      'Access-Control-Allow-Methods': methods.join(', '),
      'Access-Control-Allow-Headers': 'Authorization, If-None-Match, Last-Event-ID',
    };
  }

  private isOurHost(host: string | undefined): boolean {
    if (this.acceptsAnyHost) return true;
    return host !== undefined && this.hosts.has(host.toLowerCase().replace(/:\d+$/, ''));
  }

  private isOurPage({ headers: { origin, host = '' } }: IncomingMessage): boolean {
    return origin === undefined || origin === `http://${host}` || this.origins.has(origin);
  }

  private hasToken(authorization: string | undefined): boolean {
    if (this.tokenHash === undefined) return true;
    const token = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1];
    // Hashes have a fixed length, and comparing them takes the same time, whatever was sent.
    return token !== undefined && timingSafeEqual(hashOf(token), this.tokenHash);
  }
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
