/** A package's surface is a list of names: nothing is exported by star or without a name. */
import type { Finding } from '../finding.ts';
import type { SourceFile } from '../source-file.ts';

export function exports(file: SourceFile): Finding[] {
  if (!file.isCode) return [];
  const findings: Finding[] = [];
  const report = (start: number, found: string, remedy: string): void => {
    findings.push({ path: file.path, line: file.lineAt(start), found, remedy });
  };
  file.walk((node) => {
    if (node.type === 'ExportAllDeclaration') report(node.start, 'exports everything with a star', 'list the names');
    if (/\.config\.[cm]?[jt]s$/.test(file.path)) return;
    const isDefault =
      node.type === 'ExportDefaultDeclaration' ||
      (node.type === 'ExportSpecifier' && node.exported.type === 'Identifier' && node.exported.name === 'default');
    if (isDefault) report(node.start, 'exports a default', 'export it by name');
  });
  return findings;
}
