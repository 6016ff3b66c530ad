/** Projections, and the supervisor that runs each of them in a worker process. It reads stores, and never writes to one. */
export type { DeadLetter } from './dead-letters/dead-letter-file.ts';
export { readDeadLetters } from './dead-letters/read-dead-letters.ts';
export { type ProjectorServer, serveProjector } from './http/projector-server.ts';
export type { ProjectorServerOptions } from './http/server-options.ts';
export type { LagSummary } from './lag/lag-histogram.ts';
export {
  defineProjection,
  type Evolve,
  type FailurePolicy,
  type Merge,
  type Projection,
  type ProjectionDefinition,
  type ProjectionIdentity,
} from './projection/projection.ts';
export type { ProjectionModule } from './projection/projection-module.ts';
export { type ProjectionState, readProjectionState } from './projection/projection-state.ts';
export type { ProjectionStatePlace } from './projection/state-place.ts';
export type { ErrorReport } from './protocol/error-report.ts';
export type { ReplayReport } from './protocol/messages.ts';
export type {
  GenerationStatus,
  ProjectionRestart,
  ProjectionRunState,
  ProjectionStatus,
  WorkerStatus,
} from './supervisor/projection-status.ts';
export { Projector, type ProjectorEvents } from './supervisor/projector.ts';
export type { HeartbeatOptions, ProjectorOptions, RestartOptions } from './supervisor/projector-options.ts';
export { runProjector } from './supervisor/run-projector.ts';
export { WorkerFailedError } from './supervisor/worker-failed-error.ts';
