/**
 * What tests of Varve share: a computer with a disk that can be recorded, made to fail and cut off from power, a clock that is moved by
 * hand, numbers from a seed, and options as the documentation lists them. No promise of stability, and nothing that a running store
 * needs.
 */
export { type CrashChoice, type CrashState, crashStates } from './crash-states.ts';
export { documentedOptions, optionTable, type OptionTable } from './documented-options.ts';
export { type Call, type CallKind, failNth, type Fault, type FaultChoice, type FaultPlan } from './fault.ts';
export { ManualClock } from './manual-clock.ts';
export { Medium, type Operation } from './medium.ts';
export { SeededRandom } from './seeded-random.ts';
export { replay, SimulatedDisk } from './simulated-disk.ts';
export { type Fate, SimulatedFile, sectorBytes } from './simulated-file.ts';
export type { SimulatedProcess } from './simulated-process.ts';
