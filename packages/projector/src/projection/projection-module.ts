/**
 * Finds and loads the module of a projection. Loading runs the user's code, so only workers do it: the supervisor
 * must outlive whatever a module does.
 */
import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { hasErrorCode, VarveError } from '@varve/core';
import { messageOf } from '@varve/core/internal';
import { defineProjection, type Projection, type ProjectionDefinition } from './projection.ts';
import { checkProjection } from './projection-rules.ts';

/** Where a projection's module is: a path, relative to the working directory, or a file URL. */
export type ProjectionModule = string | URL;

/** The file URL of a module. Throws `INVALID_OPTION` for anything that names no file. */
export function moduleUrlOf(module: unknown): string {
  if (typeof module === 'string' && module !== '' && !/^[a-z][a-z0-9+.-]+:/i.test(module)) {
    return pathToFileURL(isAbsolute(module) ? module : resolve(module)).href;
  }
  const url = module instanceof URL ? module : URL.parse(String(module));
  if (url?.protocol === 'file:') return url.href;
  throw new VarveError('INVALID_OPTION', `${JSON.stringify(module)} is not the module of a projection.`, {
    found: module,
    expected: 'a path or a file URL',
    hint: 'Give a path, relative to the working directory, or new URL("./projection.js", import.meta.url).',
  });
}

/** The path of a module, for messages and names. */
export function modulePathOf(moduleUrl: string): string {
  return fileURLToPath(moduleUrl);
}

/**
 * Loads the projection that the module exports as `projection`, or as its default export.
 *
 * Throws `PROJECTION_LOAD` when the module cannot be loaded, `PROJECTION_INVALID` when its export is not a projection.
 */
export async function loadProjection(moduleUrl: string): Promise<Projection> {
  const path = modulePathOf(moduleUrl);
  const exported = await importModule(moduleUrl, path);

  const candidate = exported.projection ?? exported.default;
  if (candidate === undefined) throw nothingExported(path, Object.keys(exported));
  checkProjection(candidate, path);
  return defineProjection(candidate as ProjectionDefinition<unknown, Record<string, unknown>>);
}

async function importModule(moduleUrl: string, path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(moduleUrl)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    if (hasErrorCode(error, 'PROJECTION_INVALID')) throw invalidDefinition(error as VarveError, path);
    throw new VarveError('PROJECTION_LOAD', `The projection module ${path} cannot be loaded: ${messageOf(error)}`, {
      path,
      cause: error,
      hint: loadHint(error, moduleUrl),
    });
  }
}

/** Adds the path: `defineProjection` threw while the module was loading, and could not know which module that was. */
function invalidDefinition(error: VarveError, path: string): VarveError {
  const hint = error.hint ?? '';
  const message = error.message.replace(hint, '').trimEnd();
  return new VarveError('PROJECTION_INVALID', `${path}: ${message}`, {
    path,
    expected: error.expected,
    found: error.found,
    cause: error,
    hint,
  });
}

function nothingExported(path: string, found: readonly string[]): VarveError {
  const list = found.length === 0 ? 'nothing' : found.join(', ');
  return new VarveError('PROJECTION_INVALID', `${path} exports no projection; it exports ${list}.`, {
    path,
    expected: 'an export named "projection"',
    found,
    hint: 'Write `export const projection = defineProjection({ ... })`.',
  });
}

function loadHint(error: unknown, moduleUrl: string): string {
  const { code, url } = error instanceof Error ? (error as { code?: unknown; url?: unknown }) : {};
  if (code === 'ERR_MODULE_NOT_FOUND' && url === moduleUrl) {
    return 'Check the path; a relative one starts from the working directory of the supervisor.';
  }
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION') return 'Give a module that Node.js can load: .js, .mjs or erasable .ts.';
  return `Run \`node ${modulePathOf(moduleUrl)}\` to see the error where it happens.`;
}
