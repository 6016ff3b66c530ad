/**
 * Guards for development: while a handler runs, functions whose result would differ in a replay throw
 * `NOT_DETERMINISTIC` instead. They replace the real functions once, and only check whether a handler is running; when
 * the last system that uses them closes, the real functions are restored.
 */
import nodeCrypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { hrtime } from 'node:process';
import { VarveError } from '@varve/core';

/** Whether a handler of a guarded system is running. */
let isHandlerRunning = false;
let users = 0;
let restore: (() => void) | undefined;

/** Runs a handler with the guards raised. A flag is enough, because each handler runs to its end before the next begins. */
export function guarded<Result>(run: () => Result): Result {
  isHandlerRunning = true;
  try {
    return run();
  } finally {
    isHandlerRunning = false;
  }
}

/** Runs Varve's own code, which a handler calls, without the guards. */
export function unguarded<Result>(run: () => Result): Result {
  const wasRunning = isHandlerRunning;
  isHandlerRunning = false;
  try {
    return run();
  } finally {
    isHandlerRunning = wasRunning;
  }
}

/** Installs the guards; the returned function removes them, once no one else uses them. */
export function raiseGuards(): () => void {
  if (users++ === 0) restore = replaceFunctions();
  let isUp = true;
  return () => {
    if (!isUp) return;
    isUp = false;
    if (--users === 0) restore?.();
  };
}

/** The owner, its name, the forbidden functions, and what to use instead. */
const forbidden: readonly (readonly [owner: object, name: string, functions: readonly string[], instead: string])[] = [
  [Date, 'Date', ['now'], 'context.time'],
  [performance, 'performance', ['now'], 'context.time'],
  [process, 'process', ['hrtime', 'uptime'], 'context.timeUs'],
  [hrtime, 'hrtime', ['bigint'], 'context.timeUs'],
  [Math, 'Math', ['random'], 'context.random()'],
  [crypto, 'crypto', ['randomUUID', 'getRandomValues'], 'context.uuid() or context.random()'],
  [
    nodeCrypto,
    'node:crypto',
    ['randomUUID', 'randomBytes', 'randomInt', 'randomFill', 'randomFillSync'],
    'context.uuid() or context.random()',
  ],
  [
    globalThis,
    '',
    ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'fetch'],
    'the argument of the command: a handler does everything at once, and nothing but change the model',
  ],
];

function replaceFunctions(): () => void {
  const originals: (() => void)[] = [];
  const replace = (owner: object, name: string, guard: unknown): void => {
    const before = Object.getOwnPropertyDescriptor(owner, name);
    Object.defineProperty(owner, name, { value: guard, writable: true, configurable: true, enumerable: false });
    originals.push(() => {
      if (before === undefined) Reflect.deleteProperty(owner, name);
      else Object.defineProperty(owner, name, before);
    });
  };
  for (const [owner, ownerName, functions, instead] of forbidden) {
    for (const name of functions) {
      const original = Reflect.get(owner, name) as (...given: unknown[]) => unknown;
      replace(owner, name, guardOf(original, shownName(ownerName, name), instead));
    }
  }
  replace(globalThis, 'Date', guardedDate());
  // Makes the change visible to modules that import single functions of Node.js.
  syncBuiltinESMExports();
  return () => {
    for (const putBack of originals.toReversed()) putBack();
    syncBuiltinESMExports();
  };
}

function shownName(owner: string, name: string): string {
  if (owner.startsWith('node:')) return `${name}() of ${owner}`;
  return owner === '' ? `${name}()` : `${owner}.${name}()`;
}

function guardOf(original: (...given: unknown[]) => unknown, name: string, instead: string): unknown {
  return new Proxy(original, {
    apply(target, self, given: unknown[]): unknown {
      if (isHandlerRunning) throw notDeterministic(name, instead);
      return Reflect.apply(target, self, given);
    },
  });
}

/** `new Date(0)` gives the same at any time; `new Date()` and `Date()` do not. */
function guardedDate(): DateConstructor {
  return new Proxy(Date, {
    construct(target, given: unknown[], newTarget): object {
      if (isHandlerRunning && given.length === 0) throw notDeterministic('new Date()', 'context.now');
      return Reflect.construct(target, given, newTarget) as object;
    },
    apply(target, self, given: []): string {
      if (isHandlerRunning) throw notDeterministic('Date()', 'context.now');
      return Reflect.apply(target, self, given);
    },
  });
}

function notDeterministic(name: string, instead: string): VarveError {
  return new VarveError('NOT_DETERMINISTIC', `The handler of a command called ${name}.`, {
    found: name,
    hint: `A replay would get another answer. Use ${instead}.`,
  });
}
