/**
 * The setup of projector tests: a store with a ledger, in a separate folder that is created for each test, and the
 * projector that the test opens on it, which is stopped after the test.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStore } from '@varve/writer';
import { afterEach, beforeEach } from 'vitest';
import { type ProjectionStatus, Projector, type ProjectorOptions } from '../src/index.ts';
import { Ledger } from './ledger.ts';

/** The timeout for what happens soon, on a machine that may be busy. */
export const patience = { timeout: 20_000 };

/** The projection modules of these tests, by file name. */
export function modules(...names: string[]): URL[] {
  return names.map((name) => new URL(`projections/${name}.ts`, import.meta.url));
}

interface Gate {
  readonly code: string;
  readonly isReached: () => boolean;
  readonly open: () => void;
}

class TestBed {
  /** The directory that holds the folder of the store. */
  storageDirectory = '';
  store!: EventStore;
  ledger!: Ledger;
  private readonly options: Partial<ProjectorOptions>;
  private opened: Projector | undefined;

  constructor(options: Partial<ProjectorOptions>) {
    this.options = options;
  }

  /** The place of the store and of its states: options of a projector, and of readers of the states. */
  get place(): { storageDirectory: string; store: string } {
    return { storageDirectory: this.storageDirectory, store: 'ledger' };
  }

  /** The projector that was opened last. */
  get projector(): Projector {
    if (this.opened === undefined) throw new Error('The test has opened no projector.');
    return this.opened;
  }

  /** A projector with the options of all tests of the file, and these. */
  open(projections: ProjectorOptions['projections'], options: Partial<ProjectorOptions> = {}): Projector {
    const fixed = { ...this.place, workerOutput: 'ignore', ...this.options } as const;
    this.opened = new Projector({ ...fixed, projections, ...options });
    return this.opened;
  }

  /** The status of a loaded projection in the projector that was opened last. */
  statusOf(name: string): ProjectionStatus {
    return this.projector.status().find((status) => status.name === name)!;
  }

  /** Writes a file next to the store, such as the module of a projection, and returns its path. */
  write(name: string, text: string): string {
    const path = join(this.storageDirectory, name);
    writeFileSync(path, text);
    return path;
  }

  /** Keeps a module from being loaded until the test opens the gate: the module runs `code` before anything else. */
  gate(): Gate {
    const path = (name: string): string => join(this.storageDirectory, name);
    const [reached, opened] = [path('gate-reached'), path('gate-opened')];
    const code = `
      const { existsSync: exists, writeFileSync: write } = process.getBuiltinModule('node:fs');
      write(${JSON.stringify(reached)}, '');
      while (!exists(${JSON.stringify(opened)})) await new Promise((resolve) => setTimeout(resolve, 5));
    `;
    return { code, isReached: () => existsSync(reached), open: () => writeFileSync(opened, '') };
  }

  async setUp(): Promise<void> {
    this.storageDirectory = mkdtempSync(join(tmpdir(), 'varve-projector-'));
    const { store, storageDirectory } = this.place;
    this.store = await EventStore.open(store, { storageDirectory });
    this.ledger = new Ledger(this.store);
  }

  async tearDown(): Promise<void> {
    await this.opened?.stop();
    this.opened = undefined;
    await this.store.close();
    rmSync(this.storageDirectory, { recursive: true });
  }
}

/** `options`: those that all projectors of the file share. */
export function useTestBed(options: Partial<ProjectorOptions> = {}): TestBed {
  const bed = new TestBed(options);
  beforeEach(() => bed.setUp());
  afterEach(() => bed.tearDown());
  return bed;
}
