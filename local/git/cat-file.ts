import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { gitEnvironment } from './process.ts';

export type ObjectType = 'blob' | 'tree' | 'commit' | 'tag';

export interface ObjectInfo {
  readonly sha: string;
  readonly type: ObjectType;
  readonly size: number;
}

export interface GitObject extends ObjectInfo {
  readonly content: Buffer;
}

interface Waiting {
  readonly withContent: boolean;
  readonly resolve: (found: GitObject | undefined) => void;
  readonly reject: (error: Error) => void;
}

const NEWLINE = 10;

function isObjectType(text: string | undefined): text is ObjectType {
  return text === 'blob' || text === 'tree' || text === 'commit' || text === 'tag';
}

/** Reads objects through one `git cat-file --batch-command` that stays up, since starting a process costs milliseconds. */
export class CatFile {
  readonly #directory: string;
  #child: ChildProcessWithoutNullStreams | undefined;
  #chunks: Buffer[] = [];
  #buffered = 0;
  #needed = 0;
  #waiting: Waiting[] = [];

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** @param name hexadecimal object id, whole or abbreviated. Anything else would be parsed by git, so it is refused. */
  info(name: string): Promise<ObjectInfo | undefined> {
    return this.#ask('info', name, false);
  }

  contents(name: string): Promise<GitObject | undefined> {
    return this.#ask('contents', name, true);
  }

  close(): void {
    const child = this.#child;
    this.#child = undefined;
    child?.stdin.end();
    child?.kill();
  }

  #ask(command: string, name: string, withContent: boolean): Promise<GitObject | undefined> {
    if (!/^[0-9a-f]{4,40}$/.test(name)) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ withContent, resolve, reject });
      this.#start().stdin.write(`${command} ${name}\n`);
    });
  }

  #start(): ChildProcessWithoutNullStreams {
    if (this.#child !== undefined) return this.#child;
    const child = spawn('git', ['cat-file', '--batch-command'], {
      cwd: this.#directory,
      env: gitEnvironment(),
      stdio: 'pipe',
    });
    child.stderr.resume();
    child.stdin.on('error', () => undefined);
    child.stdout.on('data', (chunk: Buffer) => this.#receive(chunk));
    const fail = (error: Error): void => {
      if (this.#child === child) this.#child = undefined;
      for (const waiting of this.#waiting.splice(0)) waiting.reject(error);
      this.#chunks = [];
      this.#buffered = 0;
      this.#needed = 0;
    };
    child.on('error', fail);
    child.on('close', () => fail(new Error(`git cat-file in ${this.#directory} ended while answers were awaited`)));
    this.#child = child;
    return child;
  }

  #receive(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    // A large blob arrives in thousands of chunks: join them once, when all of it is here.
    if (this.#buffered < this.#needed) return;
    let rest = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    for (;;) {
      const consumed = this.#answer(rest);
      if (consumed === 0) break;
      rest = rest.subarray(consumed);
    }
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#buffered = rest.length;
  }

  /** Hands the first complete answer in `data` to who waits for it. @returns the bytes used; 0 if more are needed. */
  #answer(data: Buffer): number {
    this.#needed = 0;
    const waiting = this.#waiting[0];
    const end = data.indexOf(NEWLINE);
    if (waiting === undefined || end < 0) return 0;
    const [sha = '', type, size] = data.toString('latin1', 0, end).split(' ');
    if (!isObjectType(type)) {
      this.#waiting.shift()?.resolve(undefined);
      return end + 1;
    }
    const length = Number(size);
    const total = waiting.withContent ? end + 1 + length + 1 : end + 1;
    if (data.length < total) {
      this.#needed = total;
      return 0;
    }
    const content = waiting.withContent ? Buffer.from(data.subarray(end + 1, end + 1 + length)) : Buffer.alloc(0);
    this.#waiting.shift()?.resolve({ sha, type, size: length, content });
    return total;
  }
}
