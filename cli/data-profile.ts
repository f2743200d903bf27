import { readFile, stat, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, resolve } from 'node:path';
import { duckDbEngines } from '../adapters/duckdb/engine.ts';
import { type DataProfile, MAX_PROFILE, ProfileError } from '../core/data/profile/profile.ts';
import { parseProfile, serialiseProfile } from '../core/data/profile/profile-text.ts';
import { byteSize, whole } from '../core/reports/data/numbers.ts';
import { terminalLine } from '../core/reports/terminal.ts';
import type { StoredProfile } from '../flows/check-data/base-profile.ts';
import { profileData } from '../flows/check-data/profile-data.ts';
import { readArguments, readSeconds } from './arguments.ts';
import { type CliEnvironment, CliError, type ExitCode } from './command.ts';
import { readContract } from './data-contract.ts';
import { DATA_MEMORY } from './data-limits.ts';
import { sourcesOf } from './data-sources.ts';

/**
 * `trainyard data profile FILE --out P`: what later checks compare with in place of the data (`data check
 * --base-profile P`). With `--add Q` the rows of profile Q and of FILE together.
 *
 * @returns the exit code: 0 written, 2 the data or a profile can't be read
 */
export async function profileOfData(args: readonly string[], environment: CliEnvironment): Promise<ExitCode> {
  const options = {
    out: { type: 'string' },
    add: { type: 'string' },
    contract: { type: 'string' },
    dataset: { type: 'string' },
    timeout: { type: 'string' },
  } as const;
  const { values, positionals } = readArguments(args, options, ['profile', 'FILE']);
  const file = positionals[1] ?? '';
  const { out } = values;
  if (out === undefined) throw new CliError('usage', '--out is missing: the file that the profile goes to');
  const contract =
    values.contract === undefined ? null : await readContract(environment, values.contract, file, values.dataset);
  const add = values.add === undefined ? null : (await readProfile(environment, values.add)).profile;
  const dataset = values.dataset ?? contract?.name ?? (basename(file).replace(/\..*$/, '') || 'data');
  const seconds = readSeconds(values.timeout, 600);
  const limits = { ...DATA_MEMORY, threads: Math.min(availableParallelism(), 16), seconds, temporaryMb: 65_536 };
  const today = environment.now().toISOString().slice(0, 10);
  const files = sourcesOf(environment);
  try {
    const ports = { engines: duckDbEngines(), files };
    const profiled = await profileData({ dataset, data: file, limits, today, contract, add }, ports);
    if (!profiled.ok) {
      environment.err(terminalLine(`no profile can be made of ${file}: ${profiled.reason}`));
      return 2;
    }
    const text = serialiseProfile(profiled.profile);
    await writeFile(resolve(environment.directory, out), text);
    const { rows, columns } = profiled.profile;
    const size = `${whole(rows)} rows, ${whole(columns.length)} columns, ${byteSize(Buffer.byteLength(text))}`;
    environment.out(terminalLine(`wrote ${out}: ${size}`));
    environment.out(terminalLine(`next: trainyard data check FILE --contract C --base-profile ${out}`));
    return 0;
  } finally {
    await files.close();
  }
}

/** Reads a profile, which may come from a pull request. @throws CliError `unreadable` where it is none */
export async function readProfile(environment: CliEnvironment, path: string): Promise<StoredProfile> {
  return { name: path, profile: await parsed(resolve(environment.directory, path), path) };
}

async function parsed(full: string, path: string): Promise<DataProfile> {
  try {
    const { size } = await stat(full);
    // A character takes three bytes of UTF-8 at most for each that counts.
    if (size > MAX_PROFILE * 3) throw new ProfileError('too_large', `${byteSize(size)} are more than any profile has`);
    return parseProfile(new TextDecoder('utf-8', { fatal: true }).decode(await readFile(full)));
  } catch (cause) {
    const what = cause instanceof ProfileError ? 'is no profile that can be used' : 'can’t be read';
    const how = 'make one with: trainyard data profile FILE --out P';
    throw new CliError('unreadable', `${path} ${what} (${how}): ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  }
}
