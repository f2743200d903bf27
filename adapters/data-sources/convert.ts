import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DataEngineError, type EngineLimits } from '../../flows/check-data/ports.ts';
import { findBinding } from '../duckdb/binding.ts';
import { type Conversion, Converted } from './protocol.ts';

/** The program, and what it starts. */
const WORKER = ['../duckdb/worker/start.mjs', './worker/main.ts'].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
);
const PRLIMIT = '/usr/bin/prlimit';
/** Beyond DuckDB's own limit: for node, and for a batch of Arrow. */
const PROCESS_MB = 2048;
const HEAP_MB = 1024;

export const CONVERSION_LIMITS: EngineLimits = { memoryMb: 1024, threads: 2, seconds: 600, temporaryMb: 65_536 };

export interface ConvertOptions {
  readonly limits?: EngineLimits;
  /** For temporary files; the system's by default. */
  readonly scratch?: string;
  /** The process's program, where it is not the file beside this one. */
  readonly converter?: string;
  /** Where DuckDB's binding was put, where it is not installed beside this program. */
  readonly binding?: string;
}

type Task<C = Conversion> = C extends Conversion
  ? Omit<C, 'binding' | 'temporary' | 'memoryMb' | 'temporaryMb' | 'threads'>
  : never;

/** What a conversion wrote. */
export type ConvertedTable = Extract<Converted, { kind: 'converted' }>;

/**
 * Converts one file or table to Parquet in a process of its own, with limits on memory, time and disk and nothing of our
 * environment. @throws DataEngineError
 */
export async function convert(task: Task, name: string, options: ConvertOptions): Promise<ConvertedTable> {
  const limits = options.limits ?? CONVERSION_LIMITS;
  const { memoryMb, temporaryMb, threads } = limits;
  const temporary = await mkdtemp(join(options.scratch ?? tmpdir(), 'trainyard-convert-'));
  try {
    const binding = options.binding ?? findBinding();
    const request = { ...task, binding, temporary, memoryMb, temporaryMb, threads };
    const program = options.converter === undefined ? WORKER : [options.converter];
    const child = start(program, temporary, limits);
    const answer = await talk(child, JSON.stringify(request), name, limits);
    if (answer.kind === 'converted') return answer;
    throw new DataEngineError(answer.code, `${name}: ${answer.message}`);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

function start(worker: readonly string[], temporary: string, limits: EngineLimits): ChildProcessWithoutNullStreams {
  const mebibyte = 1_048_576;
  const system = [
    `--data=${(limits.memoryMb + PROCESS_MB) * mebibyte}`,
    `--fsize=${Math.max(limits.temporaryMb, 1) * mebibyte}`,
    `--cpu=${Math.ceil(limits.seconds * (limits.threads + 2))}`,
    '--core=0',
  ];
  const node = [process.execPath, `--max-old-space-size=${HEAP_MB}`, ...worker];
  const [program = process.execPath, ...args] = existsSync(PRLIMIT) ? [PRLIMIT, ...system, '--', ...node] : node;
  return spawn(program, args, {
    cwd: temporary,
    env: { LANG: 'C.UTF-8', TZ: 'UTC', HOME: temporary, TMPDIR: temporary, NODE_NO_WARNINGS: '1' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

/** In bytes: the answer is small, and a process that was taken over may say anything. */
const MAX_ANSWER = 65_536;

function talk(
  child: ChildProcessWithoutNullStreams,
  request: string,
  name: string,
  { seconds }: EngineLimits,
): Promise<Converted> {
  return new Promise((resolve, reject) => {
    let said = '';
    let complained = '';
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new DataEngineError('timed_out', `${name} could not be read within ${seconds} s`));
    }, seconds * 1000);
    child.stdin.on('error', () => {
      // It ended first: `close` says why.
    });
    child.stdout.on('data', (chunk: Buffer) => {
      if (said.length < MAX_ANSWER) said += chunk.toString('utf8');
    });
    child.stderr.on('data', (chunk: Buffer) => {
      if (complained.length < MAX_ANSWER) complained += chunk.toString('utf8');
    });
    child.once('error', (cause) => {
      clearTimeout(timer);
      reject(new DataEngineError('crashed', `the process that reads ${name} could not be started`, { cause }));
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      const answer = answerOf(said);
      if (answer !== null) return resolve(answer);
      const lines = complained.trim().split('\n');
      // Where V8 gives up, addresses follow what it says.
      const last = (lines.find((line) => line.startsWith('FATAL ERROR')) ?? lines.at(-1) ?? '').slice(0, 300);
      const how = `the process that reads ${name} ended (${signal ?? code})${last === '' ? '' : `: ${last}`}`;
      reject(new DataEngineError('crashed', `${how}; too little memory is the usual cause`));
    });
    child.stdin.end(request);
  });
}

function answerOf(said: string): Converted | null {
  try {
    return Converted.parse(JSON.parse(said));
  } catch {
    return null;
  }
}
