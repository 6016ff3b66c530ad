/** The command line of the registry: what it accepts, and what it refuses. */
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseOptions, UsageError } from './options.ts';

describe('the command line', () => {
  it('means the terminal on port 8989 when it is empty, with five seconds to be faster', () => {
    const directory = resolve('registry-data');
    expect(parseOptions([])).toEqual({ port: 8989, directory, delayMs: 5000, isFollower: false });
    expect(parseOptions(['--follow'])).toMatchObject({ port: 8990, directory, isFollower: true });
  });

  it('takes each option', () => {
    const options = parseOptions(['--port', '0', '--directory=data', '--delay', '2.5']);
    expect(options).toEqual({ port: 0, directory: resolve('data'), delayMs: 2500, isFollower: false });
    expect(parseOptions(['--delay', '0'])?.delayMs).toBe(0);
    expect(parseOptions(['--help', '--port', 'x'])).toBeUndefined();
  });

  it.each([
    [['--port', '65536'], /--port must be a whole number from 0 to 65535, not "65536"/],
    [['--port=-1'], /--port/],
    [['--port', '8e3'], /--port/],
    [['--port'], /--port/],
    [['--delay', '61'], /--delay must be a number of seconds from 0 to 60, such as 2.5, not "61"/],
    [['--delay=-1'], /--delay/],
    [['--delay', 'soon'], /--delay/],
    [['--delay', ''], /--delay/],
    [['--directory='], /--directory must name a directory/],
    [['--follow', '--delay', '1'], /--delay has no meaning with --follow/],
    [['--follow=yes'], /--follow/],
    [['--fast'], /--fast/],
    [['now'], /now/],
  ])('refuses %j', (commandLine, message) => {
    expect(() => parseOptions(commandLine)).toThrow(UsageError);
    expect(() => parseOptions(commandLine)).toThrow(message);
  });
});
