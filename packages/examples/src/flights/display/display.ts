/** Shows a run in a form that suits the output: a terminal, or anything else. */
import type { RunObserver } from '../running/flights-run.ts';
import { PlainDisplay } from './plain-display.ts';
import { TerminalDisplay } from './terminal-display.ts';

export interface Display extends RunObserver {
  /** Ends the display: a block that was redrawn stays as it is. */
  end(): void;
}

export function displayFor(output: NodeJS.WriteStream): Display {
  const isTerminal = output.isTTY && process.env['TERM'] !== 'dumb';
  return isTerminal ? new TerminalDisplay(output) : new PlainDisplay(output);
}
