/**
 * The contents of the simulated disk: a tree of directories and files, as processes see it and as a crash would leave
 * it. All changes go through `perform`, so that replaying recorded operations on a copy gives every state between.
 *
 * The model is a strict reading of POSIX: a sync of a file makes its bytes and size durable but not its name; names are
 * made durable by a sync of the directory that they are in, in the order in which they were changed.
 */
import { hash } from 'node:crypto';
import { SimulatedFile } from './simulated-file.ts';

/** One operation that changed something, in a form that can be replayed. Files are identified by their ids. */
export type Operation =
  | { readonly kind: 'create'; readonly path: string }
  | { readonly kind: 'makeDirectory'; readonly path: string }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  | { readonly kind: 'remove'; readonly path: string }
  | { readonly kind: 'syncDirectory'; readonly path: string }
  | { readonly kind: 'write'; readonly file: number; readonly position: number; readonly bytes: Uint8Array }
  | { readonly kind: 'truncate'; readonly file: number; readonly sizeBytes: number }
  | { readonly kind: 'sync'; readonly file: number; readonly changes: number }
  | { readonly kind: 'abandon'; readonly file: number; readonly changes: number };

export class SimulatedDirectory {
  readonly id: number;
  /** Names as processes see them, and as the medium is certain to have them. */
  readonly cached: Map<string, MediumNode>;
  readonly synced: Map<string, MediumNode>;

  constructor(id: number, cached = new Map<string, MediumNode>(), synced = new Map<string, MediumNode>()) {
    this.id = id;
    this.cached = cached;
    this.synced = synced;
  }
}

export type MediumNode = SimulatedFile | SimulatedDirectory;

/** A change of names: atomic, even when it affects two directories. */
interface NameChange {
  readonly edits: readonly NameEdit[];
}

interface NameEdit {
  readonly directory: SimulatedDirectory;
  readonly name: string;
  /** What the name refers to afterwards; undefined when it is gone. */
  readonly node: MediumNode | undefined;
}

export class Medium {
  private root = new SimulatedDirectory(1);
  private readonly filesById = new Map<number, SimulatedFile>();
  private nextId = 2;
  private nameChanges: NameChange[] = [];

  /** Number of name changes that are not synced. */
  get unsyncedNames(): number {
    return this.nameChanges.length;
  }

  find(path: string): MediumNode | undefined {
    let node: MediumNode | undefined = this.root;
    for (const name of namesOf(path)) {
      if (node === undefined) return undefined;
      if (node instanceof SimulatedFile) throw systemError('ENOTDIR', path);
      node = node.cached.get(name);
    }
    return node;
  }

  /** Files by path, in the order of their paths. */
  files(): [path: string, file: SimulatedFile][] {
    const found: [string, SimulatedFile][] = [];
    const visit = (path: string, node: MediumNode): void => {
      if (node instanceof SimulatedFile) found.push([path, node]);
      else for (const [name, child] of node.cached) visit(`${path}/${name}`, child);
    };
    visit('', this.root);
    return found.toSorted(([left], [right]) => (left < right ? -1 : 1));
  }

  /** The same for media that hold the same files and directories, with the same bytes, as processes see them. */
  get identity(): string {
    const facts: string[] = [];
    const visit = (directory: SimulatedDirectory): void => {
      for (const name of [...directory.cached.keys()].toSorted()) {
        const node = directory.cached.get(name)!;
        facts.push(name, node instanceof SimulatedFile ? node.digest : '/');
        if (node instanceof SimulatedDirectory) visit(node);
      }
      facts.push('..');
    };
    visit(this.root);
    return hash('sha1', facts.join('\n'), 'base64');
  }

  /** The file with this id; operations name files that may have lost their names since. */
  fileById(id: number): SimulatedFile {
    return this.filesById.get(id)!;
  }

  perform(operation: Operation): void {
    switch (operation.kind) {
      case 'create':
        return this.link(operation.path, this.newFile());
      case 'makeDirectory':
        return this.link(operation.path, new SimulatedDirectory(this.nextId++));
      case 'rename':
        return this.rename(operation.from, operation.to);
      case 'remove':
        return this.link(operation.path, undefined);
      case 'syncDirectory':
        return this.syncDirectory(operation.path);
      case 'write':
        return this.fileById(operation.file).change({
          kind: 'write',
          position: operation.position,
          bytes: operation.bytes,
        });
      case 'truncate':
        return this.fileById(operation.file).change({ kind: 'truncate', sizeBytes: operation.sizeBytes });
      case 'sync':
        return this.fileById(operation.file).sync(operation.changes);
      case 'abandon':
        return this.fileById(operation.file).abandon(operation.changes);
    }
  }

  /** A copy, in which everything that was not synced is still not synced. */
  copy(): Medium {
    const copies = new Map<MediumNode, MediumNode>();
    const copyOf = (node: MediumNode): MediumNode => {
      let copy = copies.get(node);
      if (copy !== undefined) return copy;
      if (node instanceof SimulatedFile) {
        copies.set(node, (copy = node.copy()));
        return copy;
      }
      const directory = new SimulatedDirectory(node.id);
      copies.set(node, directory);
      for (const [name, child] of node.cached) directory.cached.set(name, copyOf(child));
      for (const [name, child] of node.synced) directory.synced.set(name, copyOf(child));
      return directory;
    };
    const result = new Medium();
    result.root = copyOf(this.root) as SimulatedDirectory;
    result.nextId = this.nextId;
    for (const [id, file] of this.filesById) result.filesById.set(id, copyOf(file) as SimulatedFile);
    result.nameChanges = this.nameChanges.map(({ edits }) => ({
      edits: edits.map(({ directory, name, node }) => ({
        directory: copyOf(directory) as SimulatedDirectory,
        name,
        node: node === undefined ? undefined : copyOf(node),
      })),
    }));
    return result;
  }

  /**
   * The medium as it is found after a crash: the oldest `namesKept` changes of names are kept, and `crashFile` decides
   * what became of each file that can still be reached.
   */
  crashed(namesKept: number, crashFile: (file: SimulatedFile) => SimulatedFile): Medium {
    const kept = new Map<SimulatedDirectory, Map<string, MediumNode>>();
    for (const { edits } of this.nameChanges.slice(0, namesKept)) {
      for (const { directory, name, node } of edits) {
        let names = kept.get(directory);
        if (names === undefined) kept.set(directory, (names = new Map(directory.synced)));
        if (node === undefined) names.delete(name);
        else names.set(name, node);
      }
    }
    const result = new Medium();
    result.nextId = this.nextId;
    const survivorOf = (node: MediumNode): MediumNode => {
      if (node instanceof SimulatedFile) {
        const file = result.filesById.get(node.id) ?? crashFile(node);
        result.filesById.set(file.id, file);
        return file;
      }
      const names = new Map([...(kept.get(node) ?? node.synced)].map(([name, child]) => [name, survivorOf(child)]));
      return new SimulatedDirectory(node.id, names, new Map(names));
    };
    result.root = survivorOf(this.root) as SimulatedDirectory;
    return result;
  }

  private newFile(): SimulatedFile {
    const file = new SimulatedFile(this.nextId++);
    this.filesById.set(file.id, file);
    return file;
  }

  private link(path: string, node: MediumNode | undefined): void {
    this.changeNames([{ ...this.placeOf(path), node }]);
  }

  private rename(from: string, to: string): void {
    const node = this.find(from);
    if (node === undefined) throw systemError('ENOENT', from);
    this.changeNames([
      { ...this.placeOf(from), node: undefined },
      { ...this.placeOf(to), node },
    ]);
  }

  private changeNames(edits: readonly NameEdit[]): void {
    for (const { directory, name, node } of edits) {
      if (node === undefined) directory.cached.delete(name);
      else directory.cached.set(name, node);
    }
    this.nameChanges.push({ edits });
  }

  private syncDirectory(path: string): void {
    const directory = this.find(path);
    const concerns = ({ edits }: NameChange): boolean => edits.some((edit) => edit.directory === directory);
    for (const { edits } of this.nameChanges.filter(concerns)) {
      for (const edit of edits) {
        if (edit.node === undefined) edit.directory.synced.delete(edit.name);
        else edit.directory.synced.set(edit.name, edit.node);
      }
    }
    this.nameChanges = this.nameChanges.filter((change) => !concerns(change));
  }

  private placeOf(path: string): { readonly directory: SimulatedDirectory; readonly name: string } {
    const names = namesOf(path);
    const directory = this.find(`/${names.slice(0, -1).join('/')}`);
    if (directory === undefined) throw systemError('ENOENT', path);
    if (directory instanceof SimulatedFile) throw systemError('ENOTDIR', path);
    return { directory, name: names.at(-1)! };
  }
}

/** An error as Node.js throws it for a system call. */
export function systemError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: simulated, '${path}'`), { code, path });
}

/** The names of recently used paths, since the same few recur. */
const knownNames = new Map<string, readonly string[]>();
const maxKnownNames = 1000;

function namesOf(path: string): readonly string[] {
  const known = knownNames.get(path);
  if (known !== undefined) return known;
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  if (knownNames.size >= maxKnownNames) knownNames.clear();
  knownNames.set(path, names);
  return names;
}
