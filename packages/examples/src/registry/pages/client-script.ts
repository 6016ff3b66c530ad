/**
 * The script of the pages: Datastar, and one action of our own. The Datastar on npm sends an order again when the
 * connection breaks, and shows only the first time that it is waiting; `@order` sends once, and reports when it failed
 * (docs/decisions/0015-registry.md). Typed text never gets into a script: it is sent as JSON.
 */
export const clientScript = `import { load } from '/datastar.js';

const action = 3;
const pending = new Map();

function count(signals, indicator, change) {
  if (indicator === undefined) return;
  pending.set(indicator, (pending.get(indicator) ?? 0) + change);
  signals.setValue(indicator, pending.get(indicator) > 0);
}

load({
  type: action,
  name: 'order',
  // indicator: name of the signal that is true while there is no answer yet.
  fn: async ({ signals }, path, indicator) => {
    count(signals, indicator, 1);
    try {
      const body = signals.JSON(false, true);
      const response = await fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
      if (!response.ok) signals.setValue('msg', (await response.json()).error.message);
    } catch {
      signals.setValue('msg', 'No answer from central -- the order may or may not have been carried out');
    } finally {
      count(signals, indicator, -1);
    }
  },
});
`;
