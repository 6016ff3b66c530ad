/** Notices that a module was changed under a running projector, so that another projection came out of it. */
import type { ProjectionIdentity } from '../projection/projection.ts';
import type { ErrorReport } from '../protocol/error-report.ts';

export function isSameProjection(left: ProjectionIdentity, right: ProjectionIdentity): boolean {
  return left.name === right.name && left.stream === right.stream && left.version === right.version;
}

/** The state of the projection would go to another place than it came from. */
export function changedModule(path: string, before: ProjectionIdentity, after: ProjectionIdentity): ErrorReport {
  const describe = ({ name, stream, version }: ProjectionIdentity): string =>
    `${name}, version ${version}, of ${stream}`;
  return {
    code: 'PROJECTION_INVALID',
    message: `${path} was changed while it ran: from ${describe(before)} to ${describe(after)}.`,
    path,
    hint: 'Start a new projector for the changed projection.',
  };
}
