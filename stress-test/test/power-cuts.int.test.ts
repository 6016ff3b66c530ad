/**
 * The short form of the power cuts, on each file system of this machine; and that they would notice a writer that treats events
 * as durable that are not. Needs Linux, root and loop devices; `npm run power-cuts` is the long form.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { SeededRandom } from '@varve/core/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { missingTools, whatIsMissing } from '../src/power-cuts/file-systems.ts';
import { cutPower, knownKinds } from '../src/power-cuts/power-cuts.ts';
import { Recorder, Recording, type Survival } from '../src/power-cuts/recording.ts';

const cuts = Number(process.env['VARVE_POWER_CUTS'] ?? 10);
const seed = Number(process.env['VARVE_SEED'] ?? Date.now() % 1_000_000);

const missing = whatIsMissing();
if (missing !== undefined) console.log(`No power cuts here: ${missing}.`);
const kinds = missing === undefined ? knownKinds() : [];

describe.each(kinds)('a writer on $name whose power is cut', (kind) => {
  const tools = missingTools(kind);
  if (tools.length > 0) console.log(`No power cuts on ${kind.name}: there is no ${tools.join(', ')}.`);
  const canRun = tools.length === 0 || process.env['VARVE_REQUIRE_TOOLS'] === '1';

  it.runIf(canRun)(`has all that was durable, and no commit in part (seed ${seed})`, { timeout: 600_000 }, async () => {
    const { problems, ...result } = await cutPower(kind, cuts, seed);
    expect(problems).toEqual([]);
    expect(result.cuts).toBe(cuts);
    console.log(`${kind.name}: ${JSON.stringify({ seed, ...result })}`);
  });
});

it.runIf(kinds[0] !== undefined)('A writer that takes flushed events for durable ones is found out', async () => {
  const { problems } = await cutPower(kinds[0]!, 100, seed, 'flushed');
  expect(problems[0]).toMatch(/events were acknowledged as durable, \d+ are there\.$/u);
});

describe('a disk whose power was cut', () => {
  function afterCut(at: number, survival: Survival): string {
    const directory = mkdtempSync(`${tmpdir()}/varve-recording-`);
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const recorder = new Recorder(`${directory}/recording`);
    const letters = new TextEncoder();
    recorder.write(letters.encode('aa'), 0, 'none');
    recorder.flush('none');
    recorder.write(letters.encode('bb'), 2, 'a');
    recorder.write(letters.encode('cc'), 4, 'a');
    recorder.flush('a');
    recorder.write(letters.encode('dd'), 6, 'abc');
    recorder.close();
    const recording = new Recording(`${directory}/recording`);
    writeFileSync(`${directory}/image`, '........');
    recording.apply(`${directory}/image`, { at, survival }, new SeededRandom(seed), 1);
    const noted = recording.acknowledgedAt({ at, survival });
    return `${readFileSync(`${directory}/image`, 'utf8')} ${noted}`;
  }

  it('has what it flushed, whatever it forgets, and nothing that came later', () => {
    expect(afterCut(0, 'none')).toBe('........ none');
    expect(afterCut(1, 'none')).toBe('........ none');
    expect(afterCut(3, 'none')).toBe('aa...... a');
    expect(afterCut(4, 'none')).toBe('aa...... a');
    expect(afterCut(5, 'none')).toBe('aabbcc.. abc');
    expect(afterCut(4, 'all')).toBe('aabbcc.. a');
    expect(afterCut(3, 'all')).toMatch(/^aabb[c.][c.]\.\. a$/u);
    expect(afterCut(4, 'some')).toMatch(/^aa(bb|\.\.)(cc|\.\.)\.\. a$/u);
    expect(afterCut(5, 'torn')).toMatch(/^aabbcc[d.][d.] abc$/u);
  });
});
