import { readFile, stat, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, resolve } from 'node:path';
import { whyOf } from '../adapters/archives/why-unusable.ts';
import { duckDbEngines } from '../adapters/duckdb/engine.ts';
import { importJsonSchema } from '../core/data/import/json-schema.ts';
import { importTableSchema } from '../core/data/import/table-schema.ts';
import type { ColumnAdvice } from '../core/data/infer/missing.ts';
import { terminalLine, terminalText } from '../core/reports/terminal.ts';
import { draftContract } from '../flows/check-data/draft-contract.ts';
import { readArguments, readSeconds } from './arguments.ts';
import { type CliEnvironment, CliError, type ExitCode } from './command.ts';
import { DATA_MEMORY } from './data-limits.ts';
import { sourcesOf } from './data-sources.ts';

const MAX_SCHEMA = 1024 * 1024;
/** Columns and notes that are spoken of one by one; the contract has a comment for each. */
const MAX_TOLD = 10;

interface Written {
  readonly contract: string;
  /** What a person should know about it. */
  readonly notes: readonly string[];
}

/**
 * `trainyard data init FILE`: a contract for the data at hand; with `--from`, one that says what a Frictionless Table
 * Schema or a JSON Schema says. To standard output, or with `--out` to a file that must not exist yet.
 *
 * @returns the exit code: 0 written, 2 the data or schema can't be read
 */
export async function initContract(args: readonly string[], environment: CliEnvironment): Promise<ExitCode> {
  const options = {
    out: { type: 'string' },
    dataset: { type: 'string' },
    from: { type: 'string' },
    timeout: { type: 'string' },
  } as const;
  const { values, positionals } = readArguments(args, options, ['init', 'FILE']);
  const file = positionals[1] ?? '';
  const dataset = values.dataset ?? (basename(file).replace(/\..*$/, '') || 'data');
  const written =
    values.from === undefined
      ? await fromData(file, dataset, readSeconds(values.timeout, 600), environment)
      : await fromSchema(values.from, file, dataset, environment);
  if (written === null) return 2;
  const { out } = values;
  const notes = written.notes.slice(0, MAX_TOLD);
  const more = written.notes.length - notes.length;
  if (more > 0) notes.push(`and ${more} more: they are comments in the contract`);
  if (out === undefined) environment.out(terminalText(written.contract));
  else await writeNew(resolve(environment.directory, out), out, written.contract);
  // Standard output may be the contract itself.
  const tell = out === undefined ? environment.err : environment.out;
  for (const note of notes) tell(terminalLine(note));
  if (out !== undefined)
    tell(terminalLine(`wrote ${out}: edit it, then run trainyard data check ${file} --contract ${out}`));
  return 0;
}

async function fromData(
  file: string,
  dataset: string,
  seconds: number,
  environment: CliEnvironment,
): Promise<Written | null> {
  const files = sourcesOf(environment);
  try {
    const limits = { ...DATA_MEMORY, threads: Math.min(availableParallelism(), 16), seconds, temporaryMb: 65_536 };
    const today = environment.now().toISOString().slice(0, 10);
    const drafted = await draftContract({ dataset, data: file, limits, today }, { engines: duckDbEngines(), files });
    if (drafted.ok) return { contract: drafted.contract, notes: drafted.advice.map(inWords) };
    environment.err(terminalLine(`no contract can be inferred from ${file}: ${drafted.reason}`));
    return null;
  } finally {
    await files.close();
  }
}

function inWords({ column, text }: ColumnAdvice): string {
  return `column ${JSON.stringify(column)}: ${text}`;
}

async function fromSchema(
  from: string,
  file: string,
  dataset: string,
  environment: CliEnvironment,
): Promise<Written | null> {
  const text = await readSchema(resolve(environment.directory, from), from);
  const options = { dataset, path: file };
  const table = importTableSchema(text, options);
  const imported = table.ok ? table : importJsonSchema(text, options);
  if (imported.ok) return imported;
  const asTable = table.ok ? '' : ` (as a Table Schema: ${table.message})`;
  environment.err(terminalLine(`${from} is no schema that can be read: ${imported.message}${asTable}`));
  return null;
}

async function readSchema(path: string, name: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > MAX_SCHEMA) throw new CliError('unreadable', `${name}: a schema may have ${MAX_SCHEMA} bytes at most`);
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    const why = cause instanceof TypeError ? 'it is not UTF-8' : whyOf(cause);
    throw new CliError('unreadable', `the schema ${name} can’t be read: ${why}`, { cause });
  }
}

/** Never over a contract that somebody has edited. */
async function writeNew(path: string, name: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { flag: 'wx' });
  } catch (cause) {
    const why = whyOf(cause);
    const next = why === 'EEXIST' ? 'it is there already, and must not exist yet: name another file' : why;
    throw new CliError('unreadable', `${name} can’t be written: ${next}`, { cause });
  }
}
