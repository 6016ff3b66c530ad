import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { documentedOptions, optionTable } from '@varve/core/testing';
import { describe, expect, it } from 'vitest';
import { isLoopback, resolveServerOptions, serverDefaults, serverRules } from './server-options.ts';

describe('resolveServerOptions', () => {
  it('listens on the loopback, unless there is a token', () => {
    expect(resolveServerOptions({})).toEqual({
      ...serverDefaults,
      allowedHosts: [],
      allowedOrigins: [],
      token: undefined,
    });
    const token = 'a secret of some length';
    expect(resolveServerOptions({ host: '0.0.0.0', token })).toMatchObject({ host: '0.0.0.0', token });
  });

  it.each([
    ['another address without a token', { host: '0.0.0.0' }, 'without a token'],
    ['any address of IPv6 without a token', { host: '::' }, 'without a token'],
    ['a name, which may lead anywhere', { host: 'example.org' }, '"host"'],
    ['a token that can be guessed', { token: 'secret' }, '"token"'],
    ['a port that is none', { port: 65_536 }, '"port"'],
    ['no connection at all', { maxConnections: 0 }, '"maxConnections"'],
    ['an unknown option', { adress: '::1' }, 'no option "adress"'],
  ])('refuses %s', (_, options, message) => {
    const action = (): unknown => resolveServerOptions(options as never);
    expect(action).toThrow(message);
    expect(action).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });
});

it.each([
  ['127.0.0.1', true],
  ['127.8.9.10', true],
  ['::1', true],
  ['localhost', true],
  ['128.0.0.1', false],
  ['::', false],
  ['::2', false],
])('isLoopback(%s) is %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});

it('docs/options.md says what the code does', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../../docs/options.md'), 'utf8');
  const expected = optionTable(serverRules, serverDefaults);
  expect(documentedOptions(page, 'Options of projector servers')).toEqual(expected);
});
