/** Notices that a module was changed under a running projector, so that another projection came out of it. */
import { VarveError } from '@varve/core';
import { identifySource } from '@varve/core/internal';
import { isSameProjection, type ProjectionIdentity } from '../projection/projection.ts';
import type { ErrorReport } from '../protocol/error-report.ts';

export function isOther(left: ProjectionIdentity, right: ProjectionIdentity): boolean {
  return left.name !== right.name || !isSameProjection(left, right);
}

/** The state of the projection would go to another place than it came from. */
export function changedModule(path: string, before: ProjectionIdentity, after: ProjectionIdentity): ErrorReport {
  const describe = ({ name, stream, version, parts = 1 }: ProjectionIdentity): string =>
    `${name}, version ${version}, of ${identifySource(stream).name}${parts === 1 ? '' : `, in ${parts} parts`}`;
  return {
    code: 'PROJECTION_INVALID',
    message: `${path} was changed while it ran: from ${describe(before)} to ${describe(after)}.`,
    path,
    hint: 'Call `reload` of the projector to build the changed projection beside the one that runs.',
  };
}

/** A reload has found a projection of another name. */
export function renamedModule(path: string, before: string, after: string): VarveError {
  return new VarveError('PROJECTION_INVALID', `${path} was changed: its projection is named ${after} now.`, {
    path,
    expected: before,
    found: after,
    hint: 'A projection with another name is another projection: start a new projector for it.',
  });
}
