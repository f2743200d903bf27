import { StringDecoder } from 'node:string_decoder';

const TAIL_LINES = 200;
/** In bytes; the tail travels in JSON and is shown in a check. */
const TAIL_BYTES = 65_536;

/**
 * Shows the output of code that we did not write in the job's log: between `begin` and `end` the runner takes no
 * workflow command from it, and the end of it is kept.
 */
export class CommandLog {
  readonly #write: (chunk: Buffer | string) => unknown;
  readonly #token: string;
  readonly #decoder = new StringDecoder('utf8');
  #tail = '';
  #taken = 0;
  #lastByte = 0x0a;

  /** @param token random: whoever can guess it can turn workflow commands on again */
  constructor(write: (chunk: Buffer | string) => unknown, token: string) {
    this.#write = write;
    this.#token = token;
  }

  begin(): void {
    this.#write(`::stop-commands::${this.#token}\n`);
  }

  /** @returns what writing it returned: a promise where the reader is to be waited for */
  take(chunk: Buffer): unknown {
    if (chunk.length === 0) return undefined;
    const written = this.#write(chunk);
    this.#lastByte = chunk.at(-1) ?? 0x0a;
    const text = this.#decoder.write(chunk);
    this.#taken += text.length;
    this.#tail += text;
    if (this.#tail.length > 4 * TAIL_BYTES) this.#tail = this.#tail.slice(-2 * TAIL_BYTES);
    return written;
  }

  /** How many characters of theirs it has taken. */
  get taken(): number {
    return this.#taken;
  }

  /** What has come since so many were taken, without its beginning where that is more than 64 KiB. */
  since(taken: number): string {
    const count = Math.min(this.#taken - taken, TAIL_BYTES);
    return count === 0 ? '' : this.#tail.slice(-count);
  }

  /** Has the runner hear a workflow command of ours among their output. */
  aside(say: () => void): void {
    this.end();
    say();
    this.begin();
  }

  /** A line of ours among theirs. It is not part of the tail. */
  say(line: string): void {
    this.#write(`${this.#lastByte === 0x0a ? '' : '\n'}${line}\n`);
    this.#lastByte = 0x0a;
  }

  end(): void {
    // Our own command has to start its line.
    this.#write(`${this.#lastByte === 0x0a ? '' : '\n'}::${this.#token}::\n`);
    this.#lastByte = 0x0a;
  }

  /** The last lines, at most 200 and 64 KiB. */
  tail(): string {
    const lines = (this.#tail + this.#decoder.end())
      .split('\n')
      .slice(-TAIL_LINES - 1)
      .join('\n');
    const bytes = Buffer.from(lines);
    if (bytes.length <= TAIL_BYTES) return lines;
    // Cut at a character: continuation bytes look like 10xxxxxx.
    let start = bytes.length - TAIL_BYTES;
    while (((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1;
    return bytes.subarray(start).toString('utf8');
  }
}
