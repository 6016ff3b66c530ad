/** Commands that commit, or try to. */
import { type ModelPart, type ModelQuery } from './store-model.ts';
import { randomEvents, refused, type RunState, same, streams } from './run-state.ts';

export class CommitCommands {
  private readonly run: RunState;

  constructor(run: RunState) {
    this.run = run;
  }

  commit(): void {
    const { random, model, writer, log } = this.run;
    const stream = this.openStream();
    const [payloads, by] = [randomEvents(this.run), random.pick([undefined, 'anna'])];
    const expected = random.pick([-1, model.version(stream)]);
    log.push(`commit ${stream} x${payloads.length}`);
    const commit = writer.commit(stream, payloads, expected, by === undefined ? undefined : { by });
    model.commit([{ stream, payloads, by }]);
    same(commit.lastPosition, model.position, 'position of a commit');
    same(commit.version, model.version(stream), 'version of a commit');
    this.run.noteFlush();
  }

  conflict(): void {
    const { random, model, writer, log } = this.run;
    const stream = this.openStream();
    const version = model.version(stream);
    const wrong = random.pick([version + 1, version + 7, Math.max(0, version - 1)]);
    if (wrong === version) return;
    log.push(`conflict ${stream}`);
    const what = `A commit to ${stream} at version ${version} with ${wrong}`;
    refused('OPTIMISTIC_CONCURRENCY', () => writer.commit(stream, randomEvents(this.run), wrong), what);
  }

  /** Commits to a stream that was closed, or under the name of a derived one. */
  refusedStream(): void {
    const { random, model, writer, log } = this.run;
    const [closed, derived] = [[...model.closed], [...model.derived.keys()]];
    const names = [...closed, ...derived];
    if (names.length === 0) return;
    const name = random.pick(names);
    log.push(`refused ${name}`);
    const code = model.closed.has(name) ? 'STREAM_CLOSED' : 'STREAM_EXISTS';
    refused(code, () => writer.commit(name, randomEvents(this.run)), `A commit to ${name}`);
  }

  /** Commits with an id that is new, or that a commit already has. */
  commitOnce(): void {
    const { random, model, writer, log } = this.run;
    const known = model.commitIds;
    const commitId = known.length > 0 && random.chance(0.5) ? random.pick(known) : `id-${random.hex(8)}`;
    const stream = this.openStream();
    const payloads = randomEvents(this.run);
    log.push(`commit ${stream} as ${commitId}`);
    const earlier = model.positionOfCommit(commitId);
    const commit = writer.commit(stream, payloads, { commitId });
    if (earlier === undefined) model.commit([{ stream, payloads }], commitId);
    same(commit.isDuplicate, earlier !== undefined, `whether ${commitId} was there`);
    same(commit.position, model.positionOfCommit(commitId), `position of ${commitId}`);
    this.run.noteFlush();
  }

  /** Commits to several streams, with another one that is only checked; now and then with a wrong version. */
  joint(): void {
    const { random, model, writer, log } = this.run;
    const open = streams.filter((stream) => !model.closed.has(stream) && random.chance(0.5));
    if (open.length === 0) return;
    const parts = open.map((stream): ModelPart => ({ stream, payloads: randomEvents(this.run) }));
    const checked = streams.find((stream) => !open.includes(stream));
    const wrong = random.chance(0.2) ? random.pick(checked === undefined ? open : [...open, checked]) : undefined;
    const versionOf = (stream: string): number => model.version(stream) + (stream === wrong ? 1 : 0);
    const commits = parts.map(({ stream, payloads }) => {
      return {
        stream,
        events: payloads,
        expectedVersion: stream === wrong || random.chance(0.5) ? versionOf(stream) : -1,
      };
    });
    if (checked !== undefined) commits.push({ stream: checked, events: [], expectedVersion: versionOf(checked) });
    log.push(`joint ${open.join('+')}, wrong: ${String(wrong)}`);
    if (wrong !== undefined) {
      const error = refused(
        'OPTIMISTIC_CONCURRENCY',
        () => writer.commitAll(commits),
        `A joint commit, ${wrong} wrong`,
      );
      same(error.stream, wrong, 'stream of the conflict');
      return;
    }
    const commit = writer.commitAll(commits);
    model.commit(parts);
    same(commit.lastPosition, model.position, 'position of a joint commit');
    const versions = open.map((stream) => ({ stream, version: model.version(stream) }));
    same(
      commit.parts.map(({ stream, version }) => ({ stream, version })),
      versions,
      'versions of a joint commit',
    );
    this.run.noteFlush();
  }

  /** Commits under a condition, to one stream or to two. */
  conditional(): void {
    const { random, model, writer, log, options } = this.run;
    if (options.indexTypes !== true) return;
    const query = randomQuery(this.run);
    const after = random.below(model.position + 1);
    const parts = [...new Set([this.openStream(), this.openStream()])].map((stream): ModelPart => {
      return { stream, payloads: randomEvents(this.run) };
    });
    const condition = { failIfEventsMatch: query, after };
    const commits = parts.map(({ stream, payloads }) => ({ stream, events: payloads }));
    const attempt = (): unknown =>
      commits.length === 1
        ? writer.commit(commits[0]!.stream, commits[0]!.events, { condition })
        : writer.commitAll(commits, { condition });
    const [first] = model.query(query, after);
    log.push(`commit ${parts.length} unless ${JSON.stringify(query)} behind ${after}`);
    if (first === undefined) {
      attempt();
      model.commit(parts);
      this.run.noteFlush();
    } else {
      same(refused('CONDITION_FAILED', attempt, 'A commit whose condition fails').position, first, 'first match');
    }
  }

  private openStream(): string {
    const { random, model } = this.run;
    return random.pick(streams.filter((stream) => !model.closed.has(stream)));
  }
}

export function randomQuery({ random }: RunState): ModelQuery {
  const items = Array.from({ length: random.between(0, 2) }, () => {
    return {
      types: ['x', 'yy', 'zzz'].filter(() => random.chance(0.4)),
      tags: ['t1', 't2', 't3'].filter(() => random.chance(0.3)),
    };
  });
  return { items };
}
