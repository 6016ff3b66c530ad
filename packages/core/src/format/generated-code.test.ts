/** A process may be started with code from text forbidden: everything must work without it. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const program = `
  import { RecordReader } from ${JSON.stringify(join(import.meta.dirname, 'record-reader.ts'))};
  const reader = new RecordReader();
  reader.learn([['type', 'text']]);
  const bytes = Buffer.from('40a44d616465a3c3bc78', 'hex');
  for (let time = 0; time < 10; time++) console.log(JSON.stringify(reader.read(bytes, 0, bytes.length)));
`;

it.each([['--no-opt'], ['--disallow-code-generation-from-strings']])('payloads are read with %s', (option) => {
  const run = [option, '--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', program];
  const lines = execFileSync(process.execPath, run, { encoding: 'utf8' }).trim().split('\n');
  expect(lines).toEqual(Array.from({ length: 10 }, () => '{"type":"Made","text":"üx"}'));
});
