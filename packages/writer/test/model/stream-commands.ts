/** Commands that create, remove, close and read streams. */
import type { EventStream, ReadableEventStore } from '@varve/core';
import { expectedRange } from '../contract/expected-range.ts';
import { randomQuery } from './commit-commands.ts';
import { matcherNames, matchers } from './matchers.ts';
import { derivedNames, refused, type RunState, same, streams } from './run-state.ts';
import type { ModelEvent } from './store-model.ts';

export class StreamCommands {
  private readonly run: RunState;

  constructor(run: RunState) {
    this.run = run;
  }

  /** Creates a derived stream; or gives its matcher again, or one that it does not have. */
  derive(): void {
    const { random, model, log } = this.run;
    const name = random.pick(derivedNames);
    const known = model.derived.get(name);
    const matcher = known !== undefined && random.chance(0.5) ? known : random.pick(matcherNames);
    log.push(`derive ${name} by ${matcher}`);
    if (known !== undefined && known !== matcher) {
      refused('MATCHER_MISMATCH', () => this.create(name, matcher), `Another matcher for ${name}`);
      return;
    }
    const stream = this.create(name, matcher);
    if (known === undefined) model.settle();
    model.derived.set(name, matcher);
    this.compare(stream, model.stream(name, this.run.visible), name);
    this.run.noteFlush();
  }

  /** Gives the functions again that a writer without a secret does not restore from the store. */
  giveFunctionsAgain(): void {
    for (const [name, matcher] of this.run.model.derived) {
      if (typeof matchers[matcher].matcher === 'function') this.create(name, matcher);
    }
  }

  deleteDerived(): void {
    const { random, model, writer, log } = this.run;
    const name = random.pick(derivedNames);
    log.push(`delete ${name}`);
    same(writer.deleteEventStream(name), model.derived.delete(name), `whether ${name} was there`);
  }

  /** At most one stream is closed, so that there are others to commit to. */
  closeStream(): void {
    const { random, model, writer, log } = this.run;
    const stream = random.pick(streams);
    log.push(`close ${stream}`);
    if (model.version(stream) === 0) {
      refused('INVALID_STREAM_NAME', () => writer.closeEventStream(stream), `Closing ${stream}, which is not there,`);
    } else if (model.closed.has(stream) || model.closed.size === 0) {
      const isNew = !model.closed.has(stream);
      writer.closeEventStream(stream);
      if (isNew) model.settle();
      model.closed.add(stream);
    }
  }

  readRange(store: ReadableEventStore, upTo: number): void {
    const { random, model, log } = this.run;
    const name = random.pick([...streams, ...model.derived.keys(), '_all', 'none']);
    const [min, max] = [random.between(-9, 9), random.between(-9, 9)];
    log.push(`read ${name} ${min}..${max} of ${upTo}`);
    const events = model.stream(name, upTo);
    const stream = store.getEventStream(name, min, max);
    const expected = expectedRange(events.length, min, max).map((version) => events[version - 1]!);
    same(stream.version, events.length, `version of ${name}`);
    this.compare(stream, expected, `${name} ${min}..${max}`);
    same(store.getStreamVersion(name), events.length, `version asked for of ${name}`);
  }

  readTogether(store: ReadableEventStore, upTo: number): void {
    const { random, model, log } = this.run;
    if (random.chance(0.5)) {
      const category = random.pick(['a', 'a/x', 'b', 'none']);
      log.push(`category ${category} of ${upTo}`);
      this.compare(store.getEventStreamForCategory(category), model.category(category, upTo), `category ${category}`);
    } else {
      const names = [...streams, ...model.derived.keys()].filter(() => random.chance(0.4));
      if (names.length === 0) return;
      log.push(`join ${names.join('+')} of ${upTo}`);
      this.compare(store.getJoinedStream('join', names), model.joined(names, upTo), `join of ${names.join()}`);
    }
  }

  query(store: ReadableEventStore, upTo: number): void {
    const { random, model, log, options } = this.run;
    if (options.indexTypes !== true) return;
    const query = randomQuery(this.run);
    const after = random.below(upTo + 2);
    log.push(`query ${JSON.stringify(query)} behind ${after} of ${upTo}`);
    const found = [...store.query(query, { after }).stored()].map(({ metadata }) => metadata.position);
    same(found, model.query(query, after, upTo), 'positions of a query');
  }

  readEvent(): void {
    const { random, model, writer, visible } = this.run;
    if (visible === 0) return;
    const position = random.between(1, visible);
    const { stream, payload, metadata } = writer.readEvent(position);
    const found = { stream, payload, streamVersion: metadata.streamVersion, by: metadata['by'] };
    same(found, model.event(position), `event ${position}`);
  }

  compareAll(): void {
    const { model, writer, visible } = this.run;
    const found = [...writer.getAllEvents().stored()].map(({ stream, payload, metadata }) => {
      return { stream, payload, streamVersion: metadata.streamVersion, by: metadata['by'] };
    });
    same(found, model.stream('_all', visible), 'all events');
    for (const name of [...streams, ...derivedNames]) {
      this.compare(writer.getEventStream(name), model.stream(name, visible), name);
    }
  }

  private create(name: string, matcher: keyof typeof matchers): EventStream {
    const known = matchers[matcher];
    return this.run.writer.createEventStream(
      name,
      known.matcher,
      'metadata' in known ? { metadata: known.metadata } : {},
    );
  }

  private compare(stream: EventStream, expected: readonly ModelEvent[], what: string): void {
    const payloads = expected.map(({ payload }) => payload);
    same([...stream], payloads, `events of ${what}`);
  }
}
