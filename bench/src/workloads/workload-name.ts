/** The measured rows of section "what is measured" in the README of this workspace, in the order of a run. */
export const workloadNames = ['append', 'scan', 'read-streams', 'random', 'lag'] as const;

export type WorkloadName = (typeof workloadNames)[number];
