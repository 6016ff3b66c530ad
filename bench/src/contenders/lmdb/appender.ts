import { isRare } from '../../reference/order.ts';
import type { ReferenceCommit } from '../../reference/reference-workload.ts';
import type { Appender } from '../contender.ts';
import type { Databases } from './databases.ts';

/** Key of the stream of rare orders among the stream ids, which begin with 1. */
export const DERIVED_ID = 0;

export class LmdbAppender implements Appender {
  readonly #databases: Databases;
  readonly #derived: boolean;
  readonly #streams = new Map<string, { readonly id: number; version: number }>();
  #position = 0;

  constructor(databases: Databases, derived: boolean) {
    this.#databases = databases;
    this.#derived = derived;
  }

  /**
   * All puts of one turn are in one transaction, so an event and its index entry are written together. The promises are
   * not awaited per tick: while the thread writes one batch, the next is encoded.
   */
  appendTick(commits: readonly ReferenceCommit[]): void {
    for (const commit of commits) this.#append(commit);
  }

  #append({ stream, orders }: ReferenceCommit): void {
    const { events, positionsByStream } = this.#databases;
    const target = this.#streams.get(stream) ?? this.#addStream(stream);
    const committedAt = Date.now();
    for (const order of orders) {
      const position = ++this.#position;
      void events.put(position, { streamId: target.id, version: ++target.version, committedAt, order });
      void positionsByStream.put(target.id, position);
      if (this.#derived && isRare(order)) void positionsByStream.put(DERIVED_ID, position);
    }
  }

  #addStream(name: string): { readonly id: number; version: number } {
    const stream = { id: this.#streams.size + 1, version: 0 };
    void this.#databases.streamIds.put(name, stream.id);
    this.#streams.set(name, stream);
    return stream;
  }

  async flushed(): Promise<void> {
    await this.#databases.root.committed;
  }

  close(): Promise<void> {
    return this.#databases.root.close();
  }
}
