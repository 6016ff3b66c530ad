/**
 * Functions made from text at run time, where each shape of data is read fastest by code of its own. What goes into the
 * text is numbers, and names in quotes. Who calls it can do without: a process may forbid code from text.
 */

export type GeneratedFunction = (...values: never[]) => unknown;

/** A function with these parameters; undefined where the process was started so that code cannot be made from text. */
export function functionOf(parameters: readonly string[], body: string): GeneratedFunction | undefined {
  try {
    return new Function(...parameters, body) as GeneratedFunction;
  } catch {
    return undefined;
  }
}
