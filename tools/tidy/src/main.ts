/** `npm run tidy` lists violations of the rules; `npm run tidy -- --update` lowers the recorded sizes first. */
import { parseArgs } from 'node:util';
import { checkRepository, updateSizeRecord } from './check.ts';
import { formatFinding } from './finding.ts';

const { values } = parseArgs({ options: { update: { type: 'boolean', default: false } } });
if (values.update) updateSizeRecord();

const findings = checkRepository();
for (const finding of findings) console.log(formatFinding(finding));
console.log(findings.length === 0 ? 'tidy: nothing found' : `tidy: ${findings.length} found`);
process.exitCode = findings.length === 0 ? 0 : 1;
