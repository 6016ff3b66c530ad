/**
 * Functions compiled from text at run time, where specialized code reads each shape of data fastest. The text contains
 * only numbers and quoted names. Callers must also work without it: a process may forbid code from text.
 */

export type GeneratedFunction = (...values: never[]) => unknown;

/** A function with these parameters; undefined where the process was started with code from text forbidden. */
export function functionOf(parameters: readonly string[], body: string): GeneratedFunction | undefined {
  try {
    return new Function(...parameters, body) as GeneratedFunction;
  } catch {
    return undefined;
  }
}
