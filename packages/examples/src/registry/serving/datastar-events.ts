/**
 * What a server sends to a Datastar page, as server-sent events: HTML that replaces the element with its id, and new
 * values of signals. Datastar evaluates signals as a script expression; JSON without "<" is a safe one, whatever it
 * contains.
 */
import type { Html } from '../pages/html.ts';

export type SignalValue = string | number | boolean;

export function fragmentEvent({ text }: Html): string {
  const lines = text.split(/\r\n|\r|\n/).map((line) => `data: fragments ${line}\n`);
  return `event: datastar-merge-fragments\n${lines.join('')}\n`;
}

export function signalsEvent(signals: Readonly<Record<string, SignalValue>>): string {
  const json = JSON.stringify(signals).replace(/[<\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  return `event: datastar-merge-signals\ndata: signals ${json}\n\n`;
}
