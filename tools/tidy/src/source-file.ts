/**
 * A file of the repository, parsed on demand. Rules see files only through this, so that a test can hand them a
 * string under any path.
 */
import { parseSync, visitorKeys, type Comment, type Node, type Program } from 'oxc-parser';

/** Called for every node, outermost first, with the chain of nodes around it (nearest last). */
type Visit = (node: Node, ancestors: readonly Node[]) => void;

export class SourceFile {
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
  private parsed: { program: Program; comments: Comment[] } | undefined;
  private lineStarts: number[] | undefined;

  constructor(path: string, text: string) {
    this.path = path;
    this.text = text;
    this.lines = text.split('\n');
    if (this.lines.at(-1) === '') this.lines = this.lines.slice(0, -1);
  }

  get isCode(): boolean {
    return /\.[cm]?[jt]s$/.test(this.path);
  }

  /** Tests, and code that only tests use: they may do by hand what the code must do through its layers. */
  get isTest(): boolean {
    return /\.test\.ts$|(^|\/)test\//.test(this.path);
  }

  get comments(): readonly Comment[] {
    return this.parse().comments;
  }

  walk(visit: Visit): void {
    walkNode(this.parse().program, [], visit);
  }

  /** The 1-based line of an offset into the text. */
  lineAt(offset: number): number {
    this.lineStarts ??= startsOfLines(this.text);
    let low = 0;
    let high = this.lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.lineStarts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  }

  private parse(): { program: Program; comments: Comment[] } {
    if (this.parsed) return this.parsed;
    const { program, comments, errors } = parseSync(this.path, this.text);
    const [error] = errors;
    if (error) throw new Error(`${this.path} does not parse: ${error.message}`);
    this.parsed = { program, comments };
    return this.parsed;
  }
}

function startsOfLines(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

function walkNode(node: Node, ancestors: readonly Node[], visit: Visit): void {
  visit(node, ancestors);
  const inside = [...ancestors, node];
  for (const key of visitorKeys[node.type] ?? []) {
    const value: unknown = Reflect.get(node, key);
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) walkNode(child, inside, visit);
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value;
}
