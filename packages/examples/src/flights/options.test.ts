/** The command line of the flights job: what it accepts, and what it refuses. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseOptions, UsageError } from './options.ts';
import { flightProjections } from './projections/flight-projections.ts';

describe('the command line', () => {
  it('means the whole job when it is empty', () => {
    expect(parseOptions([])).toEqual({
      flights: 20_000,
      eventsPerSecond: 5000,
      directory: undefined,
      deadlineSeconds: 150,
      projections: flightProjections,
    });
  });

  it('takes each option', () => {
    const options = parseOptions(['--flights', '7', '--rate=100', '--directory', 'data', '--deadline', '9']);
    expect(options).toMatchObject({ flights: 7, eventsPerSecond: 100, directory: resolve('data'), deadlineSeconds: 9 });
  });

  it('puts a module in the place of a projection', () => {
    const options = parseOptions(['--replace', 'busiest-routes=my=routes.js']);
    expect(options?.projections).toEqual(
      flightProjections.map(({ name, module }) => ({
        name,
        module: name === 'busiest-routes' ? pathToFileURL(resolve('my=routes.js')) : module,
      })),
    );
  });

  it('asks for help', () => {
    expect(parseOptions(['--help'])).toBeUndefined();
  });

  it.each([
    [['--flights', '0'], /--flights must be a whole number from 1 to 20000, not "0"/],
    [['--flights', '20001'], /--flights/],
    [['--flights', '1e3'], /--flights/],
    [['--flights', ' 5'], /--flights/],
    [['--flights'], /--flights/],
    [['--rate', '-5'], /--rate/],
    [['--rate=-5'], /--rate must be a whole number/],
    [['--rate=1000001'], /--rate must be a whole number/],
    [['--deadline=soon'], /--deadline must be a whole number from 1 to 86400, not "soon"/],
    [['--directory='], /--directory must name a directory/],
    [['--replace', 'routes=x.js'], /--replace must be <name>=<module>.*it is "routes=x.js"/],
    [['--replace', 'busiest-routes'], /--replace/],
    [['--replace', 'busiest-routes='], /--replace/],
    [['--help=yes'], /--help/],
    [['--fast'], /--fast/],
    [['now'], /now/],
  ])('refuses %j', (commandLine, message) => {
    expect(() => parseOptions(commandLine)).toThrow(UsageError);
    expect(() => parseOptions(commandLine)).toThrow(message);
  });
});
