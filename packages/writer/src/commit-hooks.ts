/**
 * Calls the listeners of `preCommit` before a commit, with each event and the metadata of its stream, or of its partition when
 * the stream has none. At that time nothing of the commit has been done.
 */
import { noMetadata } from '@varve/core/internal';
import type { CommitRequest } from './commit-appender.ts';
import { planFrames } from './frame-plan.ts';
import type { NewMetadata } from './new-metadata.ts';
import type { Partitioner } from './partitioners.ts';
import type { WritableCatalog } from './writable-catalog.ts';

export interface CommitHooksInput {
  readonly catalog: WritableCatalog;
  readonly partitioner: Partitioner;
  readonly streamMetadata: NewMetadata;
  readonly partitionMetadata: NewMetadata;
  /** Asks the listeners of `preCommit` about one event. */
  readonly ask: (event: object, metadata: Readonly<Record<string, unknown>>) => void;
}

/** Where the commit would go. */
export interface ProspectivePlace {
  readonly position: number;
  readonly clockUs: number;
  readonly commitId: string;
}

export class CommitHooks {
  private readonly input: CommitHooksInput;

  constructor(input: CommitHooksInput) {
    this.input = input;
  }

  /** Throws what a listener throws. */
  call(commit: CommitRequest, place: ProspectivePlace): void {
    const { ask, streamMetadata } = this.input;
    const ofStream = commit.entry === undefined ? streamMetadata.of(commit.stream) : commit.entry.metadata;
    if (ofStream !== undefined) {
      for (const event of commit.events) ask(event, ofStream);
      return;
    }
    const partitions = this.partitionsOf(commit, place);
    for (const [index, event] of commit.events.entries()) ask(event, this.metadataOf(partitions[index]!));
  }

  private metadataOf(partition: string): Readonly<Record<string, unknown>> {
    const { catalog, partitionMetadata } = this.input;
    const entry = catalog.partitionNamed(partition);
    return (entry === undefined ? partitionMetadata.of(partition) : entry.metadata) ?? noMetadata;
  }

  private partitionsOf(request: CommitRequest, { position, clockUs, commitId }: ProspectivePlace): string[] {
    const part = { request, body: noBody, streamId: 0, position, commitOffset: 0 };
    const facts = { commitId, clockUs, size: request.events.length };
    return planFrames(part, facts, this.input.partitioner).flatMap(({ partition, fields }) => {
      return Array.from({ length: fields.count }, () => partition);
    });
  }
}

const noBytes = new Uint8Array(0);
const noBody = { metadata: noBytes, bytes: noBytes, start: 0, end: 0, payloadLengths: [] };
