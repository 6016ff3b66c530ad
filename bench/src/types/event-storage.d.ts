/** The measured part of event-storage 0.8.0; the package has no types of its own. */
declare module 'event-storage' {
  import type { EventEmitter } from 'node:events';

  class EventStore extends EventEmitter {
    constructor(
      storeName: string,
      config: { storageDirectory: string; readOnly?: boolean; storageConfig?: { readBufferSize: number } },
    );
    commit(streamName: string, events: readonly object[]): void;
    getAllEvents(): Iterable<unknown>;
    getEventStream(streamName: string): Iterable<unknown> | false;
    fromStreams(streamName: string, streamNames: readonly string[]): Iterable<unknown>;
    getEventStreamForCategory(categoryName: string): Iterable<unknown>;
    createEventStream(streamName: string, matcher: (document: { readonly payload: unknown }) => boolean): unknown;
    close(): void;
    readonly storage: {
      readonly length: number;
      read(number: number): { readonly stream: string; readonly payload: unknown } | false;
      flush(): boolean;
    };
  }

  export = EventStore;
}
