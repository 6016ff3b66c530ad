/**
 * Decides whether a request may be answered at all. The server listens on this machine only, but a page of another site
 * can make a browser here send requests to it, even under a host name that the site has pointed at this machine. So a
 * request must address the server by a name of this machine, and must not come from a page of another origin.
 */
import type { IncomingMessage } from 'node:http';
import { RefusedRequest } from './refused-request.ts';

const ownNames: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);
const maxUrlLength = 4096;

/** Throws `RefusedRequest` unless the request may be answered. */
export function guard({ headers, url = '', method }: IncomingMessage): void {
  const { host = '', origin } = headers;
  if (!ownNames.has(host.toLowerCase().replace(/:\d+$/, ''))) {
    throw new RefusedRequest(421, 'The server is not called by this name.');
  }
  if (origin !== undefined && origin !== `http://${host}`) {
    throw new RefusedRequest(403, 'Pages of other origins may not ask anything here.');
  }
  if (url.length > maxUrlLength) throw new RefusedRequest(414, `The path has more than ${maxUrlLength} characters.`);
  const hasBody = headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
  if (hasBody && method !== 'POST') throw new RefusedRequest(413, 'Only orders have a body.');
}

/** Headers of all answers. Datastar's script compiles the expressions in the page to functions, hence 'unsafe-eval'. */
export const safetyHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self' 'unsafe-eval'",
    "style-src 'self' 'unsafe-inline'",
    "connect-src 'self'",
    "font-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-cache',
};
