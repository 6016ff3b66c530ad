/** A program outside the repository with the packed packages in its node_modules: it must run and compile. */
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { repository } from './packed-package.ts';
import type { PackedPackage } from './packed-package.ts';
import { run } from './run.ts';

const compilerOptions = {
  target: 'ES2024',
  module: 'NodeNext',
  strict: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  // The declarations themselves are under test here.
  skipLibCheck: false,
  types: ['node'],
};

export function checkConsumer(folder: string, packages: readonly PackedPackage[]): void {
  for (const packed of packages) install(folder, packed);
  link(folder, '@types/node');
  link(folder, 'undici-types');
  const lines = packages.map(({ name }, index) => `import * as package${index} from '${name}';`);
  const total = packages.map((_, index) => `Object.keys(package${index}).length`).join(' * ');
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
  const program = `${lines.join('\n')}\nif (${total} === 0) throw new Error('a package exports nothing');\n`;
  writeFileSync(join(folder, 'program.ts'), program);
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.ts'] }));
  run('tsc', ['-p', folder]);
  run('node', [join(folder, 'program.ts')], folder);
}

function install(folder: string, { name, manifest, tarball }: PackedPackage): void {
  const target = join(folder, 'node_modules', name);
  mkdirSync(target, { recursive: true });
  run('tar', ['-xzf', tarball, '-C', target, '--strip-components=1']);
  for (const dependency of Object.keys(manifest.dependencies ?? {})) {
    if (!dependency.startsWith('@varve/')) link(folder, dependency);
  }
}

/** Third-party dependencies are those of the repository: nothing is downloaded. */
function link(folder: string, name: string): void {
  const target = join(folder, 'node_modules', name);
  if (existsSync(target)) return;
  mkdirSync(dirname(target), { recursive: true });
  symlinkSync(join(repository, 'node_modules', name), target);
}
