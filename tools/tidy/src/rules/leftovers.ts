/** Code that was meant to stay for an afternoon: reminders, prints, disabled tests and disabled checks. */
import type { Node } from 'oxc-parser';
import type { Finding } from '../finding.ts';
import { libraryFolders } from '../layers.ts';
import type { SourceFile } from '../source-file.ts';

type Report = (offset: number, found: string, remedy: string) => void;

// Each pattern is written so that it does not match itself.
const reminder = /\b(TO[D]O|FIX[M]E|X[X]X|HAC[K])\b/;
const silencer = /(eslint|oxlint|biome)-(disabl[e]|ignor[e])|@ts-(ignor[e]|nochec[k])/;

export function leftovers(file: SourceFile): Finding[] {
  const findings: Finding[] = [];
  const reportLine = (line: number, found: string, remedy: string): void => {
    findings.push({ path: file.path, line, found, remedy });
  };
  file.lines.forEach((text, index) => {
    const word = reminder.exec(text)?.[1];
    if (word) reportLine(index + 1, `a reminder (${word})`, 'do it now, or describe the limit in the docs');
  });
  if (!file.isCode) return findings;
  const report: Report = (offset, found, remedy) => reportLine(file.lineAt(offset), found, remedy);
  for (const comment of file.comments) {
    const check = silencer.exec(comment.value)?.[0];
    if (check) report(comment.start, `a silenced check (${check})`, 'mend the cause, or change the rule for everybody');
  }
  file.walk((node) => {
    reportConsole(file, node, report);
    reportCasts(file, node, report);
    reportTests(file, node, report);
  });
  return findings;
}

function reportConsole(file: SourceFile, node: Node, report: Report): void {
  if (file.isTest || !libraryFolders.some((folder) => file.path.startsWith(folder))) return;
  if (node.type !== 'MemberExpression' || node.object.type !== 'Identifier' || node.object.name !== 'console') return;
  report(node.start, 'prints to the console', 'throw, return or emit it: a library does not print');
}

function reportCasts(file: SourceFile, node: Node, report: Report): void {
  if (node.type !== 'TSAsExpression') return;
  if (node.typeAnnotation.type === 'TSAnyKeyword') report(node.start, 'a cast to any', 'name the type');
  const twice = node.expression.type === 'TSAsExpression' && node.expression.typeAnnotation.type === 'TSUnknownKeyword';
  if (twice && !file.isTest) report(node.start, 'a cast through unknown', 'narrow it with a check, or name the type');
}

/**
 * `it.only` keeps the other tests from running; `it.skip` is allowed when a comment above it, or after it on its line,
 * gives the reason.
 */
function reportTests(file: SourceFile, node: Node, report: Report): void {
  if (!file.isTest || node.type !== 'MemberExpression' || node.property.type !== 'Identifier') return;
  if (!/^(it|test|describe|suite)\b/.test(file.text.slice(node.start, node.end))) return;
  const { name } = node.property;
  if (name === 'only') report(node.start, 'a focused test', 'let the others run too');
  if (name === 'todo') report(node.start, 'an empty test', 'write it or drop it');
  const line = file.lineAt(node.start);
  const explained = file.comments.some(
    ({ start, end }) => file.lineAt(start) === line || file.lineAt(end) === line - 1,
  );
  if (name === 'skip' && !explained) report(node.start, 'a skipped test', 'say why in a comment above it, or mend it');
}
