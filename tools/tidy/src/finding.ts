/** One place that breaks a rule: where it is, what was found there, and how to fix it. */
export interface Finding {
  readonly path: string;
  readonly line: number;
  readonly found: string;
  readonly remedy: string;
}

export function formatFinding(finding: Finding): string {
  return `${finding.path}:${finding.line}: ${finding.found}; ${finding.remedy}`;
}

export function byPlace(left: Finding, right: Finding): number {
  return left.path.localeCompare(right.path, 'en') || left.line - right.line;
}
