/** Imports go one way: between workspaces, between the folders of a package, and to modules that only one folder may use. */
import { posix } from 'node:path';
import type { Node } from 'oxc-parser';
import type { Finding } from '../finding.ts';
import {
  closedFolders,
  confined,
  folderLayers,
  libraryFolders,
  packageScope,
  testArrows,
  workspaceArrows,
  workspaceOfPackage,
} from '../layers.ts';
import type { SourceFile } from '../source-file.ts';

interface Import {
  readonly specifier: string;
  readonly line: number;
}

export function imports(file: SourceFile): Finding[] {
  if (posix.basename(file.path) === 'package.json') return declaredDependencies(file);
  if (!file.isCode) return [];
  const findings: Finding[] = [];
  for (const { specifier, line } of importsOf(file)) {
    const broken = brokenArrow(file, specifier) ?? brokenLayer(file, specifier) ?? confinedModule(file, specifier);
    if (broken) findings.push({ path: file.path, line, ...broken });
  }
  return [...findings, ...confinedCalls(file)];
}

type Broken = Pick<Finding, 'found' | 'remedy'>;

function importsOf(file: SourceFile): Import[] {
  const found: Import[] = [];
  file.walk((node) => {
    const source = sourceOf(node);
    if (source?.type === 'Literal' && typeof source.value === 'string') {
      found.push({ specifier: source.value, line: file.lineAt(node.start) });
    }
  });
  return found;
}

function sourceOf(node: Node): Node | null | undefined {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
    case 'ExportNamedDeclaration':
    case 'ImportExpression':
    case 'TSImportType':
      return node.source;
    default:
      return undefined;
  }
}

/** `packages/core/src/format/frame.ts` -> `packages/core`. */
function workspaceOf(path: string): string | undefined {
  return /^(packages\/[^/]+|tools\/[^/]+|stress-test|bench)\//.exec(path)?.[1];
}

function brokenArrow(file: SourceFile, specifier: string): Broken | undefined {
  const workspace = workspaceOf(file.path);
  if (!workspace) return undefined;
  if (specifier.startsWith('.')) {
    const target = posix.join(posix.dirname(file.path), specifier);
    if (target.startsWith(`${workspace}/`)) return undefined;
    return { found: `imports ${specifier} outside ${workspace}`, remedy: 'import the other package by its name' };
  }
  return brokenPackageArrow(workspace, specifier, file.isTest);
}

function brokenPackageArrow(workspace: string, specifier: string, forTests: boolean): Broken | undefined {
  if (!specifier.startsWith(packageScope)) return undefined;
  const target = workspaceOfPackage[specifier.split('/').slice(0, 2).join('/')];
  if (target === workspace) return undefined;
  const allowed = [...(workspaceArrows[workspace] ?? []), ...(forTests ? (testArrows[workspace] ?? []) : [])];
  if (target && allowed.includes(target)) return undefined;
  return {
    found: `${workspace} imports ${specifier}`,
    remedy: allowed.length > 0 ? `it may import only ${allowed.join(', ')}` : 'it may import no other package of ours',
  };
}

function declaredDependencies(file: SourceFile): Finding[] {
  const workspace = workspaceOf(file.path);
  if (!workspace) return [];
  const manifest = JSON.parse(file.text) as Record<string, Record<string, string> | undefined>;
  const findings: Finding[] = [];
  for (const field of ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies']) {
    for (const name of Object.keys(manifest[field] ?? {})) {
      const broken = brokenPackageArrow(workspace, name, field === 'devDependencies');
      const line = file.lines.findIndex((text) => text.includes(`"${name}"`)) + 1;
      if (broken) findings.push({ path: file.path, line, ...broken });
    }
  }
  return findings;
}

function brokenLayer(file: SourceFile, specifier: string): Broken | undefined {
  if (file.isTest) return undefined;
  return brokenClosure(file.path, specifier) ?? brokenOrder(file.path, specifier);
}

function brokenClosure(path: string, specifier: string): Broken | undefined {
  for (const [closed, may] of Object.entries(closedFolders)) {
    if (!path.startsWith(`${closed}/`)) continue;
    const target = specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : undefined;
    const inside = target && [closed, ...may.folders].some((folder) => isWithin(target, folder));
    if (inside || may.modules.includes(specifier)) return undefined;
    const names = [...may.folders, ...may.modules].join(', ');
    return { found: `${closed} imports ${specifier}`, remedy: `it may import only itself and ${names}` };
  }
  return undefined;
}

function brokenOrder(path: string, specifier: string): Broken | undefined {
  for (const [root, layers] of Object.entries(folderLayers)) {
    if (!path.startsWith(`${root}/`) || !specifier.startsWith('.')) continue;
    const from = layerEntry(root, path);
    const to = layerEntry(root, posix.join(posix.dirname(path), specifier));
    const rank = (entry: string): number => layers.findIndex((layer) => layer.includes(entry));
    const unknown = [from, to].find((entry) => rank(entry) === -1);
    if (unknown) {
      return { found: `${root}/${unknown} has no layer`, remedy: 'give it its place in tools/tidy/src/layers.ts' };
    }
    if (rank(to) > rank(from)) {
      return {
        found: `${from} imports ${to}, which lies above it`,
        remedy: 'turn the dependency round, or pass it in',
      };
    }
  }
  return undefined;
}

/** The first folder below `root`, or the file's name without its extension when it is in `root` itself. */
function layerEntry(root: string, path: string): string {
  return path.slice(root.length + 1).replace(/[/.].*$/, '');
}

function isWithin(target: string, folderOrFile: string): boolean {
  return target.startsWith(`${folderOrFile}/`) || target.replace(/\.[jt]s$/, '') === folderOrFile;
}

function confinedModule(file: SourceFile, specifier: string): Broken | undefined {
  if (!isLibrary(file)) return undefined;
  const rule = confined.find(({ modules, folder }) => modules.includes(specifier) && !file.path.startsWith(folder));
  return rule && { found: `imports ${specifier}, which only ${rule.folder} may`, remedy: rule.instead };
}

function confinedCalls(file: SourceFile): Finding[] {
  if (!isLibrary(file)) return [];
  const findings: Finding[] = [];
  file.walk((node) => {
    if (node.type !== 'MemberExpression' || node.computed || node.object.type !== 'Identifier') return;
    if (node.property.type !== 'Identifier') return;
    const name = `${node.object.name}.${node.property.name}`;
    const rule = confined.find(({ calls, folder }) => calls.includes(name) && !file.path.startsWith(folder));
    if (!rule) return;
    const found = `uses ${name}, which only ${rule.folder} may`;
    findings.push({ path: file.path, line: file.lineAt(node.start), found, remedy: rule.instead });
  });
  return findings;
}

function isLibrary(file: SourceFile): boolean {
  return !file.isTest && libraryFolders.some((folder) => file.path.startsWith(folder));
}
