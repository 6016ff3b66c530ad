/** Tables in handwritten pages: a program replaces what is between two comments and leaves the rest alone. */

function startOf(name: string): string {
  return `<!-- Table "${name}": made by a program of bench/. -->`;
}

function endOf(name: string): string {
  return `<!-- End of table "${name}". -->`;
}

/** Throws an error when the page has no such place. */
export function withTable(page: string, name: string, table: string): string {
  const [start, end] = placeOf(page, name);
  return `${page.slice(0, start)}\n\n${table}\n\n${page.slice(end)}`;
}

/** Throws an error when the page has no such place. */
export function tableIn(page: string, name: string): string {
  return page.slice(...placeOf(page, name)).trim();
}

function placeOf(page: string, name: string): [start: number, end: number] {
  const [start, end] = [page.indexOf(startOf(name)), page.indexOf(endOf(name))];
  if (start < 0 || end < start) throw new Error(`the page has no ${startOf(name)} with ${endOf(name)} behind it`);
  return [start + startOf(name).length, end];
}
