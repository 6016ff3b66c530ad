/** Detects a module that was changed while the projector runs and now exports another projection. */
import { VarveError } from '@varve/core';
import { identifySource } from '@varve/core/internal';
import { isSameProjection, type ProjectionIdentity } from '../projection/projection.ts';
import type { ErrorReport } from '../protocol/error-report.ts';

export function isOther(left: ProjectionIdentity, right: ProjectionIdentity): boolean {
  return left.name !== right.name || !isSameProjection(left, right);
}

/** The error for a changed projection whose state would be saved elsewhere than where it was loaded from. */
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

/** The error for a reload that has found a projection of another name. */
export function renamedModule(path: string, before: string, after: string): VarveError {
  return new VarveError('PROJECTION_INVALID', `${path} was changed: its projection is named ${after} now.`, {
    path,
    expected: before,
    found: after,
    hint: 'A projection with another name is another projection: start a new projector for it.',
  });
}
