/**
 * Records the files of which a module consists while it is loaded: its own file, the files that it imports by their
 * paths, and so on. Packages, which are imported by name, are not included. Each file is hashed before it is read, so
 * that a later comparison misses no change.
 */
import { registerHooks, type ResolveHookSync } from 'node:module';
import { fileURLToPath } from 'node:url';
import { type FileHashes, hashOfFile } from '../protocol/file-hash.ts';

export class ModuleTrace {
  private readonly moduleUrl: string;
  private readonly urls = new Set<string>();
  private readonly files = new Map<string, string>();
  private readonly hooks: ReturnType<typeof registerHooks>;

  /** Create it right before the module is loaded. */
  constructor(moduleUrl: string) {
    this.moduleUrl = moduleUrl;
    this.hooks = registerHooks({ resolve: this.resolve });
  }

  /** Ends the trace, and returns the hashes of the files by path. */
  end(): FileHashes {
    this.hooks.deregister();
    return Object.fromEntries(this.files);
  }

  private readonly resolve: ResolveHookSync = (specifier, context, nextResolve) => {
    const { parentURL = '' } = context;
    const isPart = specifier === this.moduleUrl || (isPath(specifier) && this.urls.has(parentURL));
    if (!isPart) return nextResolve(specifier, context);
    try {
      const resolved = nextResolve(specifier, context);
      this.note(resolved.url);
      return resolved;
    } catch (error) {
      // A missing file may be created later.
      this.note(URL.parse(specifier, parentURL)?.href);
      throw error;
    }
  };

  private note(url: string | undefined): void {
    if (url?.startsWith('file:') !== true || this.urls.has(url)) return;
    this.urls.add(url);
    const path = fileURLToPath(url);
    this.files.set(path, hashOfFile(path));
  }
}

function isPath(specifier: string): boolean {
  return /^(\.{0,2}\/|file:)/.test(specifier);
}
