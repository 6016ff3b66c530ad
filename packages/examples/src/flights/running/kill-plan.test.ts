/** The kills in the middle: each happens once, and on every machine before the work is done. */
import { describe, expect, it } from 'vitest';
import { runProgressOf, withStatus } from '../../../test/run-progress-of.ts';
import { allowanceFor } from './allowance.ts';
import { describeKill, KillPlan } from './kill-plan.ts';

const projection = 'busiest-routes';
const at = (writer: number, handled: number) => runProgressOf({ writer, projections: [writer, handled, writer] });

describe('the plan of kills', () => {
  it('kills nobody before the middle', () => {
    const plan = new KillPlan(projection);
    expect(plan.take(at(399, 399))).toEqual([]);
    expect(plan.done).toEqual([]);
  });

  it('kills the projector, and then the writer, once each', () => {
    const plan = new KillPlan(projection);
    const projector = { victim: 'projector', projection, pid: 3, handledEvents: 400, savedEvents: 350 };
    expect(plan.take(withStatus(at(450, 400), projection, { savedPosition: 350 }))).toEqual([projector]);
    expect(plan.take(at(500, 480))).toEqual([]);
    const writer = { victim: 'writer', pid: 1, storedEvents: 600 };
    expect(plan.take(at(600, 580))).toEqual([writer]);
    expect(plan.take(at(900, 900))).toEqual([]);
    expect(plan.done).toEqual([projector, writer]);
  });

  it('counts what the projector has handled, not what the writer has written', () => {
    expect(new KillPlan(projection).take(at(590, 399))).toEqual([]);
  });

  it('waits for a victim that is not running', () => {
    const plan = new KillPlan(projection);
    expect(plan.take(withStatus(at(450, 440), projection, { state: 'starting', pid: undefined }))).toEqual([]);
    expect(plan.take(at(450, 440))).toHaveLength(1);
  });

  it.each([2, 4, 6, 20, 1000, 40_000])(
    'always gets its chance before the last of %d events is written',
    (totalEvents) => {
      const plan = new KillPlan(projection);
      let position = 0;
      // The worst case: writer and projections go as far as they may between two checks of the job.
      for (let look = 0; position < totalEvents && look < 100; look++) {
        const progress = runProgressOf({ writer: position, projections: [position, position, position] }, totalEvents);
        plan.take(progress);
        position = allowanceFor(progress);
      }
      expect(plan.done.map(({ victim }) => victim)).toEqual(['projector', 'writer']);
      for (const kill of plan.done) {
        expect(kill.victim === 'writer' ? kill.storedEvents : kill.handledEvents).toBeLessThan(totalEvents);
      }
    },
  );

  it('tells a kill as a clause', () => {
    expect(describeKill({ victim: 'projector', projection, pid: 3, handledEvents: 16_229, savedEvents: 16_000 })).toBe(
      'the projector of busiest-routes was killed with 16,229 events handled, 16,000 of them saved',
    );
  });
});
