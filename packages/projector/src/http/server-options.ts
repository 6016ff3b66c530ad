/** Options of the HTTP server of a projector. Defaults are here and nowhere else; docs/options.md lists them. */
import { BlockList, isIP } from 'node:net';
import { VarveError } from '@varve/core';
import { checkOptions, integerUpTo, type OptionRule, withoutUndefined } from '@varve/core/internal';

export interface ProjectorServerOptions {
  /** Port to listen on; 0 for any free port. @default 8710 */
  readonly port?: number;
  /** Address to listen on. Anything but the loopback of this machine needs a `token`. @default '127.0.0.1' */
  readonly host?: string;
  /** Secret that every request must carry, as `Authorization: Bearer <token>`; at least 16 characters. */
  readonly token?: string;
  /** Names that clients may use for the server, besides `localhost` and the address: `projections.example.org`. */
  readonly allowedHosts?: readonly string[];
  /** Origins whose pages may read, besides the server's own: `https://app.example.org`. */
  readonly allowedOrigins?: readonly string[];
  /** Connections at the same time; more are refused. @default 256 */
  readonly maxConnections?: number;
  /** Streams of changes at the same time; more get status 503. @default 64 */
  readonly maxStreams?: number;
  /** The minimum time between two states on one stream, in milliseconds. @default 100 */
  readonly streamIntervalMs?: number;
  /** The longest wait for the position in a request, in milliseconds. @default 10000 */
  readonly waitTimeoutMs?: number;
}

export const serverDefaults = {
  port: 8710,
  host: '127.0.0.1',
  maxConnections: 256,
  maxStreams: 64,
  streamIntervalMs: 100,
  waitTimeoutMs: 10_000,
} as const;

export interface ResolvedServerOptions extends Required<Omit<ProjectorServerOptions, 'token'>> {
  readonly token: string | undefined;
}

const minTokenLength = 16;

const texts: OptionRule = {
  description: 'an array of strings',
  accepts: (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
};

export const serverRules: Readonly<Record<keyof ProjectorServerOptions, OptionRule>> = {
  port: {
    description: 'an integer from 0 to 65535',
    accepts: (value) => Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) < 65_536,
  },
  host: { description: 'an IP address, or `localhost`', accepts: isAddress },
  token: {
    description: `a string of ${minTokenLength} characters or more`,
    accepts: (value) => typeof value === 'string' && value.length >= minTokenLength,
  },
  allowedHosts: texts,
  allowedOrigins: texts,
  maxConnections: integerUpTo(65_535),
  maxStreams: integerUpTo(65_535),
  streamIntervalMs: integerUpTo(2 ** 31 - 1),
  waitTimeoutMs: integerUpTo(2 ** 31 - 1),
};

/** Checks options and fills in defaults. Throws `INVALID_OPTION`. */
export function resolveServerOptions(options: ProjectorServerOptions): ResolvedServerOptions {
  checkOptions(options, serverRules);
  const { token, ...given } = withoutUndefined(options);
  const resolved = { allowedHosts: [], allowedOrigins: [], ...serverDefaults, ...given, token };
  if (token !== undefined || isLoopback(resolved.host)) return resolved;
  throw new VarveError('INVALID_OPTION', `The server may not listen on ${resolved.host} without a token.`, {
    found: resolved.host,
    expected: 'the option "token", or an address of the loopback',
    hint: 'Other machines could read every projection: give a "token", or leave out "host".',
  });
}

/** Whether only this machine can reach the address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || (isIP(host) !== 0 && loopback.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4'));
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

function isAddress(value: unknown): boolean {
  return typeof value === 'string' && (value === 'localhost' || isIP(value) !== 0);
}
