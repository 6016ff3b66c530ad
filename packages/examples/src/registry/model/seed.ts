/** The units of a new registry. */
import type { Report } from './registry.ts';

export const seed: readonly Report[] = [
  // Roy Batty
  { designation: 'N6MAA10816', model: 'Nexus-6', role: 'Combat', incept: '2016-01-08' },
  // Pris
  { designation: 'N6FAB21416', model: 'Nexus-6', role: 'Pleasure', incept: '2016-02-14' },
  // Leon
  { designation: 'N6MAC41717', model: 'Nexus-6', role: 'Loader', incept: '2017-04-10' },
  // Rachael
  { designation: 'N7FAB00001', model: 'Nexus-7', role: 'Experimental', incept: '--' },
];
