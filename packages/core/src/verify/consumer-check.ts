/**
 * Checks the saved state of a consumer: its slots, the state in them, and whether the store has the history that it belongs
 * to.
 */
import { StateCodec } from '../codec/state-codec.ts';
import { messageOf } from '../errors.ts';
import {
  type ConsumerHeader,
  consumerHeaderBytes,
  consumerMark,
  consumerSlotOffset,
  type ConsumerRecord,
  decodeConsumerHeader,
  decodeConsumerRecords,
} from '../format/consumer-record.ts';
import { parseConsumerFileName } from '../format/file-names.ts';
import { readWholeFile } from '../file-system/file-system.ts';
import { ifThere } from '../file-system/if-there.ts';
import { FrameCursor } from '../storage/frame-cursor.ts';
import type { ReadablePartition } from '../storage/readable-partition.ts';
import type { CheckFiles } from './checked-store.ts';
import { type Finding, finding } from './finding.ts';

export type PartitionOf = (id: number) => ReadablePartition | undefined;

/** Paths of the consumers' files in the directory. */
export function consumerFiles({ context }: CheckFiles, directory: string): string[] {
  const names = context.fileSystem.list(directory) ?? [];
  return names.filter((name) => parseConsumerFileName(name) !== undefined).map((name) => `${directory}/${name}`);
}

export function checkConsumerFile(files: CheckFiles, path: string, partitionOf: PartitionOf): Finding[] {
  let findings = checkOnce(files, path, partitionOf);
  // A slot may be being written just now.
  for (let left = 4; left > 0 && findings.length > 0; left--) findings = checkOnce(files, path, partitionOf);
  return findings;
}

function checkOnce(files: CheckFiles, path: string, partitionOf: PartitionOf): Finding[] {
  const bytes = ifThere(() => readWholeFile(files.context.fileSystem, path), undefined);
  if (bytes === undefined) return [];
  const unreadable = (reason: string, offset: number): Finding[] => {
    return [finding('CONSUMER', { path, offset }, `The consumer state ${path} cannot be read: ${reason}.`)];
  };
  const header = decodeConsumerHeader(bytes);
  if (typeof header === 'string') return unreadable(`its header is damaged (${header})`, 0);
  if (header.storeId !== files.store.description.id) return unreadable(`it is of the store ${header.storeId}`, 0);
  if (!isOwnFile(header, path)) return unreadable('it is the file of another consumer', 0);
  const record = decodeConsumerRecords(bytes, header);
  if (record === undefined) return unreadable('no record in it matches its checksum', consumerHeaderBytes);
  const at = consumerSlotOffset(record.sequence, header.slotBytes);
  try {
    new StateCodec().decode(record.state);
  } catch (error) {
    return unreadable(`the state in it cannot be decoded: ${messageOf(error)}`, at);
  }
  const difference = differenceOf(files, record, partitionOf);
  if (difference !== undefined) {
    const { position } = record;
    return [
      finding(
        'CONSUMER',
        { path, offset: at, position },
        `The consumer state ${path} is of another history: ${difference}.`,
      ),
    ];
  }
  return otherSlot(bytes, record, header, path);
}

/** Whether the file belongs to the consumer that it is named after, as far as the name and the file tell. */
function isOwnFile({ consumer }: ConsumerHeader, path: string): boolean {
  const name = parseConsumerFileName(path.slice(path.lastIndexOf('/') + 1));
  if (consumer === undefined || name?.key === undefined || name.id === undefined) return true;
  return consumer === consumerMark({ holds: 'state', kind: name.kind, key: name.key, consumerId: name.id });
}

/** The slot that does not count: empty while there was only one checkpoint, else the checkpoint before. */
function otherSlot(bytes: Uint8Array, record: ConsumerRecord, header: ConsumerHeader, path: string): Finding[] {
  const { slotBytes } = header;
  const offset = consumerSlotOffset(record.sequence + 1, slotBytes);
  const slot = bytes.subarray(offset, offset + slotBytes);
  if (slot.every((byte) => byte === 0)) return [];
  const alone = new Uint8Array(consumerHeaderBytes + slotBytes);
  alone.set(slot, consumerHeaderBytes);
  if (decodeConsumerRecords(alone, header) !== undefined) return [];
  return [finding('CONSUMER_SLOT', { path, offset }, `The slot at byte ${offset} of ${path} is not whole.`)];
}

/**
 * How the frame of the last event in the state differs from the one that the consumer saw; undefined when it does not.
 */
function differenceOf(
  { context, positions, store, history }: CheckFiles,
  { position, epoch, frameChecksum }: ConsumerRecord,
  partitionOf: PartitionOf,
): string | undefined {
  if (epoch === 0) return undefined;
  if (position < context.segmentRecords.firstPosition) {
    const dropped = context.segmentRecords.droppedEpochAt(position);
    return dropped === epoch ? undefined : `the event at position ${position} was of epoch ${dropped ?? 'unknown'}`;
  }
  if (epoch < history.lowestEpoch(position)) return `epoch ${history.lowestEpoch(position)} of the store cut it off`;
  // A copy may be behind what was consumed from its source.
  if (position > store.visible) return undefined;
  const location = { partitionId: 0, offset: 0 };
  const cursor = new FrameCursor();
  const isWhole = ifThere(() => {
    if (!positions.locate(position, location)) return false;
    return partitionOf(location.partitionId)?.tryRead(location.offset, cursor) === 'whole';
  }, false);
  const { view } = cursor;
  // Damage of the frame, or of the index, is a finding of its own.
  if (!isWhole || position < view.position || position > view.lastPosition) return undefined;
  if (view.epoch === epoch && view.checksum === frameChecksum) return undefined;
  return `the event at position ${position} is another one`;
}
