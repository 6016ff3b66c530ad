/** A client that reads nothing from its stream loses its place; one that is only slow keeps it. */
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Projector } from '../supervisor/projector.ts';
import type { StateReader } from './state-reader.ts';
import { StateStreams } from './state-streams.ts';

/** The part of a response that a stream uses. */
class SlowResponse extends EventEmitter {
  writableNeedDrain = false;
  writableEnded = false;
  isDestroyed = false;

  write(): boolean {
    return !this.writableNeedDrain;
  }

  destroy(): void {
    this.isDestroyed = true;
    this.emit('close');
  }
}

describe('StateStreams', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('ends a stream whose client takes nothing for some time, and no other', () => {
    const projector = new EventEmitter() as unknown as Projector;
    const states = { read: () => ({ id: '1', json: '{}' }) } as unknown as StateReader;
    const streams = new StateStreams(projector, states, 100);
    const [stuck, slow] = [new SlowResponse(), new SlowResponse()];
    for (const response of [stuck, slow]) streams.open('orders', response as unknown as ServerResponse, undefined);
    for (let seconds = 0; seconds < 60; seconds += 15) {
      stuck.writableNeedDrain = true;
      slow.writableNeedDrain = seconds % 30 === 0;
      vi.advanceTimersByTime(15_000);
    }
    expect([stuck.isDestroyed, slow.isDestroyed, streams.count]).toEqual([true, false, 1]);
  });
});
