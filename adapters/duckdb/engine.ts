import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type DataEngine,
  DataEngineError,
  type DataEngines,
  type EngineLimits,
  type EngineOptions,
  type SqlRows,
} from '../../flows/check-data/ports.ts';
import { findBinding } from './binding.ts';
import { onLines } from './lines.ts';
import { Answer, type Open, type Request } from './protocol.ts';

/** The program, and what it starts. */
const WORKER = ['./worker/start.mjs', './worker/main.ts'].map((path) => fileURLToPath(new URL(path, import.meta.url)));
const PRLIMIT = '/usr/bin/prlimit';
/** Beyond DuckDB's own limit: for node, for results, and for what the limit does not count, such as freed memory in pieces. */
const PROCESS_MB = 1536;
const DEFAULT_MAX_ROWS = 100_000;

export interface DuckDbOptions {
  /** The worker's program, where it is not the file beside this one. */
  readonly worker?: string;
  /** Where the binding was put, where it is not installed beside this program. */
  readonly binding?: string;
  /** For temporary files; the system's by default. */
  readonly scratch?: string;
}

/** DuckDB in a process of its own for each dataset, with limits on memory, time and files. */
export function duckDbEngines(options: DuckDbOptions = {}): DataEngines {
  return { open: (paths, limits, more = {}) => Worker.open(paths, limits, { ...options, ...more }) };
}

interface Waiting {
  resolve(answer: Answer): void;
  reject(error: DataEngineError): void;
}

class Worker implements DataEngine {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #temporary: string;
  readonly #closed: Promise<void>;
  readonly #timer: NodeJS.Timeout;
  /** In the order of the questions, in which the worker answers. */
  #waiting: Waiting[] = [];
  #ended: DataEngineError | null = null;
  #next = 0;
  #said = '';
  #settled = true;

  private constructor(child: ChildProcessWithoutNullStreams, temporary: string, limits: EngineLimits) {
    this.#child = child;
    this.#temporary = temporary;
    this.#timer = setTimeout(() => {
      this.#end(new DataEngineError('timed_out', `the data could not be checked within ${limits.seconds} s`));
      child.kill('SIGKILL');
    }, limits.seconds * 1000);
    this.#closed = new Promise((resolve) => child.once('close', () => resolve()));
    child.once('error', (cause) =>
      this.#end(new DataEngineError('crashed', `DuckDB could not be started: ${cause.message}`, { cause })),
    );
    child.once('close', (code, signal) => {
      const said = this.#said.trim().split('\n').at(-1) ?? '';
      const how = `the DuckDB process ended (${signal ?? code})${said === '' ? '' : `: ${said}`}`;
      const cause = signal === 'SIGSEGV' ? 'a file that is damaged, or made for it,' : 'too little memory';
      this.#end(new DataEngineError('crashed', `${how}; ${cause} is the usual cause`));
    });
    child.stdin.on('error', () => {
      // It ended first: `close` says why.
    });
    child.stderr.on('data', (chunk: Buffer) => {
      if (this.#said.length < 4096) this.#said += chunk.toString('utf8');
    });
    onLines(
      child.stdout,
      (line) => this.#line(line),
      () => {
        this.#end(new DataEngineError('crashed', 'the DuckDB process gave an answer that is too long'));
        child.kill('SIGKILL');
      },
    );
  }

  static async open(
    paths: readonly string[],
    limits: EngineLimits,
    options: DuckDbOptions & EngineOptions,
  ): Promise<DataEngine> {
    const binding = options.binding ?? findBinding();
    const temporary = await mkdtemp(join(options.scratch ?? tmpdir(), 'trainyard-data-'));
    const program = options.worker === undefined ? WORKER : [options.worker];
    const worker = new Worker(start(program, temporary, limits), temporary, limits);
    const { memoryMb, threads, readingThreads = null, temporaryMb } = limits;
    try {
      const opened = await worker.#ask({
        kind: 'open',
        binding,
        paths: [...paths],
        memoryMb,
        threads,
        readingThreads,
        temporary,
        temporaryMb,
        distrustStatistics: options.distrustStatistics ?? false,
      });
      worker.#settled = readingThreads === null;
      if (opened.kind === 'opened') return worker;
      throw errorOf(opened);
    } catch (error) {
      await worker.close();
      throw error;
    }
  }

  async query(sql: string, maxRows = DEFAULT_MAX_ROWS): Promise<SqlRows> {
    const id = this.#next;
    this.#next += 1;
    const answer = await this.#ask({ kind: 'query', id, sql, maxRows });
    if (answer.kind === 'rows' && answer.id === id) return answer;
    throw errorOf(answer);
  }

  async json(sql: string): Promise<readonly (readonly unknown[])[]> {
    const id = this.#next;
    this.#next += 1;
    const answer = await this.#ask({ kind: 'json', id, sql });
    if (answer.kind === 'json' && answer.id === id) return answer.rows;
    throw errorOf(answer);
  }

  async repeats(sql: string, rows: number): Promise<readonly string[] | null> {
    const id = this.#next;
    this.#next += 1;
    const answer = await this.#ask({ kind: 'repeats', id, sql, rows });
    if (answer.kind === 'repeats' && answer.id === id) return answer.hashes;
    throw errorOf(answer);
  }

  async settle(): Promise<void> {
    if (this.#settled) return;
    this.#settled = true;
    const id = this.#next;
    this.#next += 1;
    const answer = await this.#ask({ kind: 'settle', id });
    if (answer.kind !== 'rows' || answer.id !== id) throw errorOf(answer);
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#end(new DataEngineError('crashed', 'the DuckDB process was closed'));
    this.#child.kill('SIGKILL');
    await this.#closed;
    await rm(this.#temporary, { recursive: true, force: true });
  }

  /** Questions are sent at once, so that the worker goes on to the next while its last answer is read here. */
  #ask(message: Open | Request): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      if (this.#ended !== null) return reject(this.#ended);
      this.#waiting.push({ resolve, reject });
      this.#child.stdin.write(`${JSON.stringify(message)}\n`);
    });
  }

  /** The worker may have been taken over by hostile data: what it says is read like any other input. */
  #line(line: string): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) return;
    try {
      waiting.resolve(Answer.parse(JSON.parse(line)));
    } catch (cause) {
      waiting.reject(new DataEngineError('crashed', 'the DuckDB process gave an answer that is none', { cause }));
    }
  }

  #end(error: DataEngineError): void {
    this.#ended ??= error;
    for (const waiting of this.#waiting.splice(0)) waiting.reject(this.#ended);
    clearTimeout(this.#timer);
  }
}

/** Nothing of our environment reaches it. Limits of the system stand behind DuckDB's own where there is `prlimit`. */
function start(worker: readonly string[], temporary: string, limits: EngineLimits): ChildProcessWithoutNullStreams {
  const node = [process.execPath, '--max-old-space-size=768', ...worker];
  const argv = existsSync(PRLIMIT) ? [PRLIMIT, ...systemLimits(limits), '--', ...node] : node;
  const [program = process.execPath, ...args] = argv;
  return spawn(program, args, {
    cwd: temporary,
    env: { LANG: 'C.UTF-8', TZ: 'UTC', HOME: temporary, TMPDIR: temporary, NODE_NO_WARNINGS: '1' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

function systemLimits({ memoryMb, temporaryMb, seconds, threads }: EngineLimits): string[] {
  const mebibyte = 1_048_576;
  return [
    `--data=${(memoryMb + PROCESS_MB) * mebibyte}`,
    `--fsize=${Math.max(temporaryMb, 1) * mebibyte}`,
    `--cpu=${Math.ceil(seconds * (threads + 2))}`,
    '--core=0',
  ];
}

function errorOf(answer: Answer): DataEngineError {
  if (answer.kind !== 'fault')
    return new DataEngineError('crashed', 'the DuckDB process gave an answer to something else');
  if (answer.code === 'not_a_request') return new DataEngineError('crashed', answer.message);
  if (answer.code === 'not_installed')
    return new DataEngineError('not_installed', `DuckDB could not be loaded: ${answer.message}. ${HOW_TO_INSTALL}`);
  if (answer.code !== 'out_of_memory') return new DataEngineError(answer.code, answer.message);
  const [what = ''] = answer.message.split('\n');
  return new DataEngineError(answer.code, `${what}: give the check more memory, or less data`);
}

const HOW_TO_INSTALL =
  'It comes with `npm install` as @duckdb/node-api and the @duckdb/node-bindings package of this platform (Linux, macOS and Windows; x64 and arm64)';
