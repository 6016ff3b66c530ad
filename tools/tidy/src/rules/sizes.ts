/** Files and functions stay small; those already too long are recorded and may only shrink. */
import type { Node } from 'oxc-parser';
import type { Finding } from '../finding.ts';
import { sizeLimits, type SizeRecord } from '../size-record.ts';
import type { SourceFile } from '../source-file.ts';

export interface Sizes {
  /** Path -> lines. */
  readonly files: Record<string, number>;
  /** `path#name` -> lines; for two functions of the same name, the longer one. */
  readonly functions: Record<string, number>;
  /** `path#name` -> the line where it starts. */
  readonly starts: Record<string, number>;
}

export function measureSizes(files: readonly SourceFile[]): Sizes {
  const sizes: Sizes = { files: {}, functions: {}, starts: {} };
  for (const file of files) {
    if (!file.isCode) continue;
    sizes.files[file.path] = file.lines.length;
    file.walk((node, ancestors) => {
      if (!isFunction(node) || isSuite(file, node, ancestors)) return;
      const key = `${file.path}#${functionName(node, ancestors)}`;
      const start = file.lineAt(node.start);
      const lines = file.lineAt(node.end - 1) - start + 1;
      if (lines <= (sizes.functions[key] ?? 0)) return;
      sizes.functions[key] = lines;
      sizes.starts[key] = start;
    });
  }
  return sizes;
}

export function sizeFindings(sizes: Sizes, record: SizeRecord): Finding[] {
  return [
    ...compare('file', sizes.files, record.files, sizeLimits.file, sizes.starts),
    ...compare('function', sizes.functions, record.functions, sizeLimits.function, sizes.starts),
  ];
}

function compare(
  what: string,
  now: Readonly<Record<string, number>>,
  recorded: Readonly<Record<string, number>>,
  limit: number,
  starts: Readonly<Record<string, number>>,
): Finding[] {
  const findings: Finding[] = [];
  for (const key of new Set([...Object.keys(now), ...Object.keys(recorded)])) {
    const [path = key, name] = key.split('#');
    const place = { path, line: starts[key] ?? 1 };
    const subject = name ? `${what} ${name}` : what;
    const size = now[key] ?? 0;
    const before = recorded[key] ?? 0;
    const allowed = Math.max(before, limit);
    if (size > allowed) {
      findings.push({
        ...place,
        found: `${subject} has ${size} lines, ${allowed} are allowed`,
        remedy: 'split it by what its parts do',
      });
    } else if (size < before) {
      const found = `${subject} has shrunk to ${size} lines, ${before} are recorded`;
      findings.push({ ...place, found, remedy: 'run npm run tidy -- --update' });
    }
  }
  return findings;
}

function isFunction(node: Node): boolean {
  return (
    node.type === 'FunctionDeclaration' || node.type === 'FunctionExpression' || node.type === 'ArrowFunctionExpression'
  );
}

/** Whether a function in a test file only groups tests: each test is measured, the group is not. */
function isSuite(file: SourceFile, node: Node, ancestors: readonly Node[]): boolean {
  if (!file.isTest) return false;
  const parent = ancestors.at(-1);
  if (
    parent?.type === 'CallExpression' &&
    parent.callee.type === 'Identifier' &&
    /^(it|test)$/.test(parent.callee.name)
  ) {
    return false;
  }
  return /(^|\n)\s*(describe|it|test)\b/.test(file.text.slice(node.start, node.end));
}

function functionName(node: Node, ancestors: readonly Node[]): string {
  const owner = ancestors.findLast((ancestor) => ancestor.type === 'ClassDeclaration');
  const prefix = owner?.type === 'ClassDeclaration' && owner.id ? `${owner.id.name}.` : '';
  if ((node.type === 'FunctionDeclaration' || node.type === 'FunctionExpression') && node.id) {
    return prefix + node.id.name;
  }
  const parent = ancestors.at(-1);
  if (parent?.type === 'VariableDeclarator' && parent.id.type === 'Identifier') return prefix + parent.id.name;
  if (parent?.type === 'MethodDefinition' || parent?.type === 'PropertyDefinition' || parent?.type === 'Property') {
    if (parent.key.type === 'Identifier' || parent.key.type === 'PrivateIdentifier') return prefix + parent.key.name;
  }
  return `${prefix}anonymous`;
}
