import { CatFile, type GitObject, type ObjectInfo, type ObjectType } from './cat-file.ts';
import { type Commit, parseCommit, parseTag, parseTree, type Tag, type TreeEntry } from './objects.ts';
import { GitError, type GitOptions, type GitResult, runGit } from './process.ts';
import { isRefName, readRef, ZERO } from './refs.ts';

export interface Ref {
  readonly ref: string;
  readonly sha: string;
  readonly type: ObjectType;
}

/** A bare repository on disk, read and written through git's own plumbing. */
export class GitRepository {
  readonly directory: string;
  readonly #objects: CatFile;
  #last: Promise<unknown> = Promise.resolve();

  constructor(directory: string) {
    this.directory = directory;
    this.#objects = new CatFile(directory);
  }

  /** Runs `task` when no other such task runs on this repository. Not reentrant: take it once, at the outermost place. */
  exclusively<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => undefined);
    return result;
  }

  run(args: readonly string[], options: GitOptions = {}): Promise<GitResult> {
    return runGit(this.directory, args, options);
  }

  async text(args: readonly string[], options: GitOptions = {}): Promise<string> {
    return (await this.run(args, options)).stdout.toString('utf8');
  }

  info(sha: string): Promise<ObjectInfo | undefined> {
    return this.#objects.info(sha);
  }

  object(sha: string): Promise<GitObject | undefined> {
    return this.#objects.contents(sha);
  }

  async commit(sha: string): Promise<Commit | undefined> {
    const object = await this.object(sha);
    return object?.type === 'commit' ? parseCommit(object.sha, object.content) : undefined;
  }

  async tag(sha: string): Promise<Tag | undefined> {
    const object = await this.object(sha);
    return object?.type === 'tag' ? parseTag(object.sha, object.content) : undefined;
  }

  /** Entries of a tree, or of the tree of a commit. */
  async tree(sha: string): Promise<TreeEntry[] | undefined> {
    const object = await this.object(sha);
    if (object?.type === 'commit') return this.tree(parseCommit(object.sha, object.content).tree);
    return object?.type === 'tree' ? parseTree(object.content) : undefined;
  }

  /** The object id that a full ref name (`refs/heads/main`) holds. */
  ref(ref: string): Promise<string | undefined> {
    return readRef(this.directory, ref);
  }

  /** All refs that begin with `prefix` (compared as text), sorted by name. */
  async refs(prefix: string): Promise<Ref[]> {
    const folder = prefix.slice(0, prefix.lastIndexOf('/'));
    const lines = await this.text(['for-each-ref', '--format=%(objectname) %(objecttype) %(refname)', folder]);
    return lines.split('\n').flatMap((line): Ref[] => {
      const [sha = '', type = '', ref = ''] = line.split(' ');
      if (!ref.startsWith(prefix)) return [];
      return [{ ref, sha, type: type === 'tag' || type === 'blob' || type === 'tree' ? type : 'commit' }];
    });
  }

  /** The commit behind an object id, through annotated tags. */
  async peel(sha: string): Promise<string | undefined> {
    let current = await this.object(sha);
    while (current?.type === 'tag') current = await this.object(parseTag(current.sha, current.content).object);
    return current?.type === 'commit' ? current.sha : undefined;
  }

  /** The commit that a branch, tag, full ref, `heads/x`, `HEAD` or (abbreviated) id names, in GitHub's order. */
  async resolveCommit(name: string, defaultBranch: string): Promise<string | undefined> {
    if (name === 'HEAD') return this.resolveCommit(`refs/heads/${defaultBranch}`, defaultBranch);
    if (/^[0-9a-f]{40}$/.test(name)) return this.peel(name);
    for (const ref of [`refs/heads/${name}`, `refs/tags/${name}`, name, `refs/${name}`]) {
      const sha = await this.ref(ref);
      if (sha !== undefined) return this.peel(sha);
    }
    return /^[0-9a-f]{7,39}$/.test(name) ? this.peel(name) : undefined;
  }

  /** Stores an object and returns its id. git checks its form (`hash-object` without `--literally`). */
  async write(type: ObjectType, content: Buffer | string): Promise<string> {
    return (await this.text(['hash-object', '-t', type, '-w', '--stdin'], { input: content })).trim();
  }

  /**
   * Moves `ref` from `before` to `after` (`ZERO`: absent), all or nothing.
   * @returns false if the ref no longer holds `before`, or another ref is in the way of its name.
   */
  async updateRef(ref: string, before: string, after: string): Promise<boolean> {
    if (!isRefName(ref)) return false;
    const args = after === ZERO ? ['update-ref', '-d', ref, before] : ['update-ref', ref, after, before];
    try {
      await this.run(args);
      return true;
    } catch (error) {
      if (error instanceof GitError && error.exitCode === 128) return false;
      throw error;
    }
  }

  async isAncestor(ancestor: string, descendant: string): Promise<boolean> {
    const { code } = await this.run(['merge-base', '--is-ancestor', ancestor, descendant], { accept: [1] });
    return code === 0;
  }

  async mergeBase(a: string, b: string): Promise<string | undefined> {
    const { code, stdout } = await this.run(['merge-base', a, b], { accept: [1] });
    return code === 0 ? stdout.toString().trim() : undefined;
  }

  close(): void {
    this.#objects.close();
  }
}
