import { describe, expect, it } from 'vitest';
import {
  archivedSegmentsFields,
  droppedEventsFields,
  parseArchivedSegments,
  parseDroppedEvents,
} from './segment-record.ts';

const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown;

describe('the fields of a record', () => {
  it.each([
    [[]],
    [[{ partitionId: 1, from: 0, to: 512, lastChecksum: 2 ** 32 - 1, lastPosition: 7 }]],
    [
      [
        { partitionId: 3, from: 2 ** 43, to: 2 ** 43 + 64, lastChecksum: 0, lastPosition: 2 ** 40 },
        { partitionId: 2 ** 20 - 1, from: 1, to: 2, lastChecksum: 1, lastPosition: 1 },
      ],
    ],
  ])('of archived segments keep %j', (segments) => {
    expect(parseArchivedSegments(throughJson(archivedSegmentsFields(segments)))).toEqual(segments);
  });

  it.each([
    { before: 1, beginnings: [], epochs: [] },
    { before: 2 ** 40, beginnings: [{ partitionId: 1, offset: 512, previous: 7 }], epochs: [{ epoch: 2, last: 99 }] },
  ])('of dropped events keep %j', (dropped) => {
    expect(parseDroppedEvents(throughJson(droppedEventsFields(dropped)))).toEqual(dropped);
  });

  it.each([
    [undefined],
    [null],
    [{}],
    [{ segments: {} }],
    [{ segments: [[1, 2, 3, 4]] }],
    [{ segments: [[0, 0, 512, 7, 9]] }],
    [{ segments: [[1, 512, 512, 7, 9]] }],
    [{ segments: [[1, 0, 512, -7, 9]] }],
    [{ segments: [[1, 0, 512.5, 7, 9]] }],
    [{ segments: [[1, 0, '512', 7, 9]] }],
  ])('of archived segments are refused when they are %j', (fields) => {
    expect(parseArchivedSegments(fields)).toBeUndefined();
  });

  it.each([
    [undefined],
    [null],
    [{}],
    [{ before: 0, partitions: [], epochs: [] }],
    [{ before: 1, partitions: [[1, 2]], epochs: [] }],
    [{ before: 1, partitions: [], epochs: [[1]] }],
    [{ before: 1, partitions: [] }],
    [{ before: '1', partitions: [], epochs: [] }],
  ])('of dropped events are refused when they are %j', (fields) => {
    expect(parseDroppedEvents(fields)).toBeUndefined();
  });
});
