/** File and folder names say what is inside, in kebab-case. */
import type { Finding } from '../finding.ts';
import type { SourceFile } from '../source-file.ts';

const grabBag = /^(utils?|utilities|helpers?|common|misc|stuff)$/i;
const kebab = /^\.?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/;
/** Names that people and tools expect in capitals. */
const conventional = /^(README|CHANGELOG|CONTRIBUTING|ARCHITECTURE|SECURITY|LICENSE)(\.md)?$/;

export function names(file: SourceFile): Finding[] {
  const findings: Finding[] = [];
  for (const part of file.path.split('/')) {
    const words = part.replace(/\.[^-]*$/, '').split('-');
    const vague = words.find((word) => grabBag.test(word));
    if (vague) {
      findings.push({
        path: file.path,
        line: 1,
        found: `${part} is a grab bag (${vague})`,
        remedy: 'name it after the one thing in it',
      });
    }
    if (!kebab.test(part) && !conventional.test(part)) {
      findings.push({ path: file.path, line: 1, found: `${part} is not in kebab-case`, remedy: 'rename it' });
    }
  }
  return findings;
}
