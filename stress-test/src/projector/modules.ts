/** The modules of the projections that are run while processes are killed. */
export const modules: readonly URL[] = ['balances', 'tolerant', 'totals'].map(
  (name) => new URL(`./projections/${name}.js`, import.meta.url),
);
