/**
 * Clients that commit and read through a writer that is killed again and again, and the history of what they were told. A
 * client whose commit got no answer tries again with the same id, most of the time.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { SeededRandom } from '@varve/core/testing';
import type { PartitionerOption } from '@varve/writer';
import { linearize } from './linearizability.ts';
import type { Answer, Request } from './server.ts';
import {
  type CommitInput,
  type Input,
  type Output,
  streamModel,
  type StreamOperation,
  thatHappened,
} from './stream-model.ts';

export interface HistoryOptions {
  readonly storageDirectory: string;
  readonly partitioner: PartitionerOption;
  readonly clients: number;
  /** How often the writer is killed. */
  readonly kills: number;
  readonly random: SeededRandom;
}

export interface HistoryResult {
  readonly operations: number;
  readonly unknown: number;
  readonly refused: number;
  readonly duplicates: number;
  readonly problems: readonly string[];
}

/** Streams that one commit may go to together; the history of each group is checked by itself. */
const groups: readonly (readonly string[])[] = [
  ['a-1', 'a-2', 'a-3'],
  ['b-1', 'b-2', 'b-3'],
];
/** Answers after which a writer is killed, at most; and the longest time to wait for them. */
const maxAnswers = 60;
const maxLifeMs = 5_000;

/** What a client knows about a group. */
interface Knowledge {
  readonly versions: Record<string, number>;
  position: number;
  count: number;
}

export class History {
  private readonly options: HistoryOptions;
  private readonly histories: StreamOperation[][] = groups.map(() => []);
  private server: ChildProcess | undefined;
  private readonly waiting = new Map<number, (answer: Answer | undefined) => void>();
  private moment = 0;
  private number = 0;
  private answers = 0;
  private isOver = false;

  constructor(options: HistoryOptions) {
    this.options = options;
  }

  async run(): Promise<HistoryResult> {
    const { clients, kills, random } = this.options;
    try {
      let standby = this.startServer();
      const running = Array.from({ length: clients }, (_, client) => this.runClient(client));
      for (let kill = 0; kill < kills; kill++) {
        await this.use(await standby);
        standby = this.startServer();
        await this.live(random.between(1, maxAnswers));
        await this.kill();
      }
      this.isOver = true;
      await this.use(await standby);
      await Promise.all(running);
      const problems = await this.check();
      return { ...this.count(), problems };
    } finally {
      this.server?.kill('SIGKILL');
    }
  }

  /** Reads everything once more, as the last operation of each history, and looks for an order of all operations. */
  private async check(): Promise<string[]> {
    const problems: string[] = [];
    for (const [group, history] of this.histories.entries()) {
      const output = await this.operate(group, { kind: 'read' }, 0);
      if (output?.output.kind !== 'read') throw new Error('The last read got no answer.');
      const { streams } = output.output;
      const happened = thatHappened(history, streams);
      if (linearize(happened, streamModel(streams)) !== undefined) continue;
      problems.push(`No order of these explains them all: ${JSON.stringify(happened)}`);
    }
    return problems;
  }

  private async runClient(client: number): Promise<void> {
    const { random } = this.options;
    const known = groups.map((): Knowledge => ({ versions: {}, position: 0, count: 0 }));
    for (let turn = 0; !this.isOver; turn++) {
      const group = random.below(groups.length);
      const knowledge = known[group]!;
      if (random.chance(0.25)) {
        learn(knowledge, await this.operate(group, { kind: 'read' }, 0));
      } else {
        const { input, after } = this.choose(groups[group]!, knowledge, `${client}-${turn}`);
        let answer = await this.operate(group, input, after);
        while (answer === undefined && random.chance(0.8)) answer = await this.operate(group, input, after);
        if (answer?.output.kind === 'committed') {
          for (const [index, part] of input.parts.entries()) {
            knowledge.versions[part.stream] = answer.output.versions[index]!;
          }
        }
      }
      await wait(random.below(4));
    }
  }

  private choose(streams: readonly string[], known: Knowledge, id: string): { input: CommitInput; after: number } {
    const { random } = this.options;
    const chosen = random.chance(0.3) ? streams.filter(() => random.chance(0.6)) : [];
    const parts = (chosen.length === 0 ? [random.pick(streams)] : chosen).map((stream) => {
      const expected = random.chance(0.6) ? (known.versions[stream] ?? 0) : undefined;
      return { stream, count: random.between(1, 3), expected };
    });
    const types = [1, 2, 3].map((number) => `${streams[0]!}-type-${number}`);
    const isConditional = random.chance(0.3);
    const condition = isConditional ? { type: random.pick(types), behind: known.count } : undefined;
    return { input: { kind: 'commit', id, type: random.pick(types), parts, condition }, after: known.position };
  }

  /** Sends a request to the writer, waiting until there is one, and records the answer. */
  private async operate(group: number, input: Input, after: number): Promise<Answer | undefined> {
    while (this.server === undefined) await wait(1);
    const number = ++this.number;
    const request: Request =
      input.kind === 'read' ? { number, read: groups[group]! } : { number, commit: { ...input, after } };
    const called = ++this.moment;
    const answered = new Promise<Answer | undefined>((resolve) => this.waiting.set(number, resolve));
    this.server.send(request, (error) => (error === null ? undefined : this.settle(number, undefined)));
    const answer = await answered;
    const output: Output | undefined = answer?.output;
    this.histories[group]!.push({ input, output, called, returned: output === undefined ? Infinity : ++this.moment });
    return answer;
  }

  private settle(number: number, answer: Answer | undefined): void {
    if (answer !== undefined) this.answers++;
    this.waiting.get(number)?.(answer);
    this.waiting.delete(number);
  }

  private async startServer(): Promise<ChildProcess> {
    const { storageDirectory, partitioner } = this.options;
    const path = fileURLToPath(new URL(import.meta.url.replace(/history(\.[jt]s)$/, 'server$1')));
    const values = [storageDirectory, partitioner as string];
    const server = fork(path, values, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    await once(server, 'message');
    return server;
  }

  private async use(server: ChildProcess): Promise<void> {
    const opened = once(server, 'message');
    server.send('open');
    await Promise.race([opened, once(server, 'exit')]);
    if (server.exitCode !== null) throw new Error('The writer ended by itself.');
    server.on('message', (message) => {
      const answer = message as Answer;
      this.settle(answer.number, answer);
    });
    this.server = server;
  }

  /** Waits until the writer has given this many answers, and a moment longer. */
  private async live(answers: number): Promise<void> {
    const wanted = this.answers + answers;
    for (let waited = 0; this.answers < wanted && waited < maxLifeMs; waited++) await wait(1);
    await wait(this.options.random.below(5));
  }

  private async kill(): Promise<void> {
    const server = this.server!;
    const gone = once(server, 'close');
    server.kill('SIGKILL');
    this.server = undefined;
    await gone;
    if (server.exitCode !== null) throw new Error('The writer ended by itself.');
    for (const number of this.waiting.keys()) this.settle(number, undefined);
  }

  private count(): Omit<HistoryResult, 'problems'> {
    const all = this.histories.flat();
    const refused = all.filter(({ output }) => output?.kind === 'refused').length;
    const duplicates = all.filter(({ output }) => output?.kind === 'committed' && output.isDuplicate).length;
    return { operations: all.length, unknown: all.filter(({ output }) => !output).length, refused, duplicates };
  }
}

function learn(known: Knowledge, answer: Answer | undefined): void {
  if (answer?.output.kind !== 'read') return;
  known.position = answer.position;
  known.count = 0;
  for (const [name, ids] of Object.entries(answer.output.streams)) {
    known.versions[name] = ids.length;
    known.count += ids.length;
  }
}
