import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';

/** The version of an installed package, read from where it resolves to, so that the printed version is the measured one. */
export function versionOf(packageName: string): string {
  const path = findPackageJSON(packageName, import.meta.url);
  if (path === undefined) throw new Error(`${packageName} is not installed: run npm ci`);
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}
