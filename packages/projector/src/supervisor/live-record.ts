/** What a supervisor knows about the live version of a projection, and its record, which readers look up. */
import { isSameProjection } from '../projection/projection.ts';
import { type LiveProjection, makeLive, readLiveProjection } from '../projection/live-projection.ts';
import { findStatePlace } from '../projection/state-place.ts';
import { type ResolvedProjectorOptions, statePlaceOf } from './projector-options.ts';

export class LiveRecord {
  private readonly options: ResolvedProjectorOptions;
  private live: LiveProjection | undefined;

  constructor(options: ResolvedProjectorOptions) {
    this.options = options;
  }

  /** Undefined until the record was read, and when no version has run yet. */
  get version(): number | undefined {
    return this.live?.version;
  }

  isOf(identity: LiveProjection | undefined): boolean {
    return this.live !== undefined && identity !== undefined && isSameProjection(this.live, identity);
  }

  /** Reads the record, unless that was done before. */
  read(name: string): void {
    this.live ??= readLiveProjection(name, findStatePlace(statePlaceOf(this.options)));
  }

  write(identity: LiveProjection): void {
    makeLive(identity, findStatePlace(statePlaceOf(this.options)));
    this.live = identity;
  }
}
