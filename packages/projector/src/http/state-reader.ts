/** Reads states for the server, and keeps the text of each one that was read last: many clients ask for the same. */
import type { Projector } from '../supervisor/projector.ts';
import { toJson } from './json.ts';

export interface StateText {
  /** Another text has another id. */
  readonly id: string;
  readonly json: string;
}

export class StateReader {
  private readonly projector: Projector;
  private readonly latest = new Map<string, StateText>();

  constructor(projector: Projector) {
    this.projector = projector;
  }

  /** The live state, with its name, version and position; `state` is null before the first save. Throws what `state` does. */
  read(name: string): StateText {
    const saved = this.projector.state(name);
    const { position, version, state } = saved ?? { position: 0, version: null, state: null };
    const id = `${version ?? 0}-${position}`;
    const known = this.latest.get(name);
    // One position of one version has one state, unless code was changed under it or dead letters were replayed.
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
