import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The logs of jobs, one file each, every line after its time. */
export class JobLogs {
  readonly #directory: string;
  readonly #now: () => Date;
  readonly #open = new Map<number, WriteStream>();

  constructor(directory: string, now: () => Date) {
    this.#directory = directory;
    this.#now = now;
    mkdirSync(directory, { recursive: true });
  }

  write(jobId: number, line: string): void {
    let stream = this.#open.get(jobId);
    if (stream === undefined) {
      stream = createWriteStream(this.#path(jobId), { flags: 'a' });
      this.#open.set(jobId, stream);
    }
    stream.write(`${this.#now().toISOString().replace('Z', '0000Z')} ${line}\n`);
  }

  /** Resolves when everything is on disk. */
  async close(jobId: number): Promise<void> {
    const stream = this.#open.get(jobId);
    if (stream === undefined) return;
    this.#open.delete(jobId);
    await new Promise<void>((resolve) => stream.end(resolve));
  }

  /** The log so far, '' if nothing was written. */
  async read(jobId: number): Promise<string> {
    const stream = this.#open.get(jobId);
    if (stream !== undefined) await new Promise<void>((resolve) => stream.write('', () => resolve()));
    return readFile(this.#path(jobId), 'utf8').catch(() => '');
  }

  async copy(from: number, to: number): Promise<void> {
    await copyFile(this.#path(from), this.#path(to)).catch(() => undefined); // a job that logged nothing has no copy
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#open.keys()].map((id) => this.close(id)));
  }

  #path(jobId: number): string {
    return join(this.#directory, `${jobId}.txt`);
  }
}
