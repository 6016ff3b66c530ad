/**
 * Which part of the project may use which: the arrows of ARCHITECTURE.md as tables. The rules read nothing else, so
 * this is the only place to change an arrow.
 */

/** Workspace -> workspaces that its code may import. A workspace that is not listed may import none of ours. */
export const workspaceArrows: Readonly<Record<string, readonly string[]>> = {
  'packages/core': [],
  'packages/writer': ['packages/core'],
  'packages/projector': ['packages/core'],
  'packages/prevalence': ['packages/core', 'packages/writer'],
  'packages/cli': ['packages/core', 'packages/writer', 'packages/projector', 'packages/prevalence'],
  'packages/examples': ['packages/core', 'packages/writer', 'packages/projector', 'packages/prevalence'],
  'stress-test': ['packages/core', 'packages/writer', 'packages/projector', 'packages/prevalence'],
  bench: ['packages/core', 'packages/writer', 'packages/projector', 'packages/prevalence'],
};

/** Additional workspaces that the tests of a workspace may import: a projection needs a store that someone wrote. */
export const testArrows: Readonly<Record<string, readonly string[]>> = {
  'packages/projector': ['packages/writer'],
};

export const packageScope = '@varve/';

/** `@varve/core` -> `packages/core`. */
export const workspaceOfPackage: Readonly<Record<string, string>> = {
  '@varve/core': 'packages/core',
  '@varve/writer': 'packages/writer',
  '@varve/projector': 'packages/projector',
  '@varve/prevalence': 'packages/prevalence',
  '@varve/cli': 'packages/cli',
  '@varve/examples': 'packages/examples',
  '@varve/stress-test': 'stress-test',
  '@varve/bench': 'bench',
};

/**
 * Layers inside a source folder, lowest first. A file may import from its own layer and from those below; each entry is
 * a folder or the name of a file without its extension. Anything not listed fails, so that each new folder is placed
 * deliberately.
 */
export const folderLayers: Readonly<Record<string, readonly (readonly string[])[]>> = {
  'packages/core/src': [
    ['errors', 'position', 'shown'],
    ['error-data', 'option-rules', 'asynchronous'],
    ['format'],
    ['clock', 'file-system', 'codec', 'lock'],
    ['storage'],
    ['matcher', 'stream'],
    ['query'],
    ['store', 'consumer'],
    ['verify'],
    ['salvage'],
    ['index', 'internal'],
    ['testing'],
  ],
  'packages/prevalence/src': [
    ['model', 'indexes'],
    ['commands'],
    ['journal', 'snapshot', 'blobs'],
    ['system'],
    ['repository'],
    ['prevalence'],
    ['index'],
  ],
  // A worker process never loads the code of its supervisor.
  'packages/projector/src': [
    ['projection', 'lag', 'sinks'],
    ['protocol'],
    ['dead-letters'],
    ['worker'],
    ['supervisor'],
    ['http'],
    ['index'],
  ],
};

/** Folders that may import these folders and modules from outside themselves, and nothing else. */
export const closedFolders: Readonly<Record<string, { folders: readonly string[]; modules: readonly string[] }>> = {
  'packages/core/src/format': {
    folders: ['packages/core/src/errors'],
    modules: ['node:buffer', 'node:crypto', 'node:zlib'],
  },
};

/** The only folder with code that lays out bytes. */
export const byteFolder = 'packages/core/src/format/';

/** Where the byte rule does not apply: tests forge damaged files, the bench measures what others do. */
export const byteAccessFree: readonly string[] = ['bench/', 'tools/', 'stress-test/src/power-cuts/fuse.ts'];

/** Source folders whose code others build on: no output, no direct use of clock or disk. */
export const libraryFolders: readonly string[] = [
  'packages/core/src/',
  'packages/writer/src/',
  'packages/projector/src/',
  'packages/prevalence/src/',
];

/** Modules and globals that only one folder may use; all other code goes through its interface. */
export const confined: readonly {
  readonly modules: readonly string[];
  readonly calls: readonly string[];
  readonly folder: string;
  readonly instead: string;
}[] = [
  {
    modules: ['node:fs', 'node:fs/promises', 'fs', 'fs/promises'],
    calls: [],
    folder: 'packages/core/src/file-system/',
    instead: 'use the FileSystem interface, so that faults can be injected',
  },
  {
    modules: [],
    calls: ['Date.now', 'performance.now', 'Math.random', 'process.hrtime'],
    folder: 'packages/core/src/clock/',
    instead: 'use the Clock interface, so that a run can be repeated',
  },
];
