import type { Mutation } from './mutation.ts';

/** The source without the line. Throws unless the text to replace occurs exactly once. */
export function mutated(source: string, { name, file, edits }: Mutation): string {
  return edits.reduce((text, { from, to }) => {
    const found = text.split(from).length - 1;
    if (found !== 1) throw new Error(`${name}: ${file} has ${found} times, not once:\n${from}`);
    return text.replace(from, () => to);
  }, source);
}
