/** Rules for every text file, whatever its language: a line length, and nothing specific to one machine. */
import type { Finding } from '../finding.ts';
import type { SourceFile } from '../source-file.ts';

const lineLimit = 140;
/** Prose and generated files have no line limit. */
const longLines = /\.(md|svg|csv|golden)$|(^|\/)(package-lock\.json|LICENSE)$/;

const machinePath = /(^|[\s"'`(=:])\/(home|Users|root|work|farm)\/[\w.]/;
const registryHost = /registry[.](npmjs|yarnpkg|npmmirror)|"resolved":\s*"http/;

export function text(file: SourceFile): Finding[] {
  const findings: Finding[] = [];
  file.lines.forEach((line, index) => {
    const report = (found: string, remedy: string): void => {
      findings.push({ path: file.path, line: index + 1, found, remedy });
    };
    if (line.length > lineLimit && !longLines.test(file.path)) {
      report(`a line of ${line.length} characters`, `keep it under ${lineLimit}`);
    }
    if (machinePath.test(line)) report('a path of one machine', 'make it relative or take it from the environment');
    if (registryHost.test(line)) {
      report('the address of a registry', 'leave it to npm: omit-lockfile-registry-resolved');
    }
  });
  return findings;
}
