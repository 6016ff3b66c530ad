/** The packages as npm would publish them, packed from the existing build. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from './run.ts';

export const repository = join(import.meta.dirname, '../../..');

export interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
}

export interface PackedPackage {
  readonly name: string;
  readonly manifest: Manifest;
  readonly tarball: string;
  /** Paths within the package. */
  readonly files: readonly string[];
}

export function packAll(folder: string): PackedPackage[] {
  const manifests = globSync('packages/*/package.json', { cwd: repository }).toSorted();
  return manifests.flatMap((path) => {
    const manifest = JSON.parse(readFileSync(join(repository, path), 'utf8')) as Manifest;
    return manifest.private ? [] : [pack(join(repository, dirname(path)), manifest, folder)];
  });
}

function pack(source: string, manifest: Manifest, folder: string): PackedPackage {
  const output = run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], source);
  const packed = Object.values(
    JSON.parse(output) as Record<string, { filename: string; files: { path: string }[] }>,
  )[0];
  if (!packed) throw new Error(`npm pack says nothing about ${manifest.name}`);
  const files = packed.files.map(({ path }) => path);
  return { name: manifest.name, manifest, tarball: join(folder, packed.filename), files };
}

const expected = ['package.json', 'README.md', 'LICENSE', 'dist/index.js', 'dist/index.d.ts', 'src/index.ts'];

export function checkContents(manifest: Manifest, files: readonly string[]): void {
  const missing = expected.filter((path) => !files.includes(path));
  if (missing.length > 0) throw new Error(`${manifest.name} lacks ${missing.join(', ')}`);
  const surplus = files.filter((path) => /\.test\.|\.tsbuildinfo$|^test\//.test(path));
  if (surplus.length > 0) throw new Error(`${manifest.name} carries ${surplus.join(', ')}`);
  const stale = files.filter((path) => /^dist\/.*\.js$/.test(path) && !files.includes(sourceOf(path)));
  if (stale.length > 0) {
    throw new Error(`${manifest.name}: no source for ${stale.join(', ')}; remove dist/ and build again`);
  }
}

/** `dist/store/store.js` -> `src/store/store.ts`. */
function sourceOf(path: string): string {
  return path.replace(/^dist\//, 'src/').replace(/\.js$/, '.ts');
}
