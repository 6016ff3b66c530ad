/** Reads states for the server, and caches the text of the last one of each projection, because many clients request the same. */
import type { Projector } from '../supervisor/projector.ts';
import { toJson } from './json.ts';

export interface StateText {
  /** Different texts have different ids. */
  readonly id: string;
  readonly json: string;
}

export class StateReader {
  private readonly projector: Projector;
  private readonly latest = new Map<string, StateText>();

  constructor(projector: Projector) {
    this.projector = projector;
  }

  /**
   * The live state, with its name, version and position; `state` is null before the first save. Throws what
   * `Projector.state` throws.
   */
  read(name: string): StateText {
    const saved = this.projector.state(name);
    const { position, version, state } = saved ?? { position: 0, version: null, state: null };
    const id = `${version ?? 0}-${position}`;
    const known = this.latest.get(name);
    // A position of a version has one state, unless the code was changed without a new version or dead letters were
    // replayed.
    const json = toJson({ name, version, position, state });
    if (known?.json === json) return known;
    const text = { id: known?.id.split('.')[0] === id ? nextId(known.id) : id, json };
    this.latest.set(name, text);
    return text;
  }
}

/** `2-17`, `2-17.1`, `2-17.2`, ... */
function nextId(id: string): string {
  const [base = '', number = '0'] = id.split('.');
  return `${base}.${Number(number) + 1}`;
}
