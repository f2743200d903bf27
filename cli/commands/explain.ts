import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { parseConfig } from '../../core/config/parse.ts';
import { RoleName } from '../../core/config/policy.ts';
import { CONFIG_PATH } from '../../core/config/schema.ts';
import { type ConfigFile, explain as explainComment } from '../../core/explain/explain.ts';
import type { PrFile } from '../../core/explain/pr-file.ts';
import { readPrFile } from '../../core/explain/read-pr-file.ts';
import { Instant } from '../../core/names.ts';
import { readArguments } from '../arguments.ts';
import { type CliEnvironment, CliError, type RunCommand } from '../command.ts';

/** Far more than a comment can hold; that it is too long for one is answered like any other mistake. */
const MAX_COMMENT = 1_048_576;
const MAX_FILE = 16_777_216;
const MAX_PROBLEMS = 10;

/** `trainyard explain`: a rehearsal of policy. Reads a comment, decides it as the flows would, and sends nothing. */
export const explain: RunCommand = async (args, environment) => {
  const { values } = readArguments(
    args,
    {
      config: { type: 'string' },
      'head-config': { type: 'string' },
      pr: { type: 'string' },
      role: { type: 'string' },
      team: { type: 'string', multiple: true },
      user: { type: 'string' },
      bot: { type: 'boolean' },
      json: { type: 'boolean' },
    },
    [],
  );
  const user = userOf(values.user);
  const role = roleOf(values.role);
  const teams = (values.team ?? []).map(slugOf);
  const config = values.config ?? CONFIG_PATH;
  const base = await readConfig(environment, config);
  const head = await readConfig(environment, values['head-config'] ?? config);
  const pr = values.pr === undefined ? null : await readPr(environment, values.pr);
  const explanation = explainComment({
    body: decode(await environment.input(MAX_COMMENT), MAX_COMMENT, 'standard input'),
    user: user.login,
    userId: user.id,
    bot: values.bot === true,
    actor: { role, teams },
    base,
    head,
    pr,
    now: Instant.parse(environment.now().toISOString()),
  });
  environment.out(JSON.stringify(explanation, null, 2));
  return explanation.verdict === 'refused' ? 1 : 0;
};

/** @throws CliError `usage` */
function userOf(text: string | undefined): { login: string | null; id: number | null } {
  if (text === undefined) return { login: null, id: null };
  const [, login, id] = /^([A-Za-z0-9][A-Za-z0-9_-]{0,98}(?:\[bot\])?)(?:#([1-9]\d{0,14}))?$/.exec(text) ?? [];
  if (login === undefined) throw new CliError('usage', `--user takes a login such as ada or ada#42, not ${text}`);
  return { login, id: id === undefined ? null : Number(id) };
}

/** @throws CliError `usage` */
function roleOf(text = 'none'): RoleName | 'none' {
  const role = z.union([RoleName, z.literal('none')]).safeParse(text);
  if (role.success) return role.data;
  throw new CliError('usage', `--role takes none, ${RoleName.options.join(', ')}; not ${text}`);
}

/** @throws CliError `usage` */
function slugOf(text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/.test(text)) return text;
  throw new CliError('usage', `--team takes the slug of a team such as ml, as team:ml in policy; not ${text}`);
}

/** @throws CliError `unreadable` */
async function readConfig(environment: CliEnvironment, file: string): Promise<ConfigFile> {
  return parseConfig(await readText(environment, file), file);
}

/** @throws CliError `unreadable`, with the place of each mistake */
async function readPr(environment: CliEnvironment, file: string): Promise<PrFile> {
  const text = await readText(environment, file);
  let value: unknown;
  try {
    // Some editors begin a file with a byte order mark.
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CliError('unreadable', `${file} is no JSON: ${why}`, { cause });
  }
  const read = readPrFile(value);
  if (read.ok) return read.pr;
  const problems = read.problems.slice(0, MAX_PROBLEMS);
  throw new CliError('unreadable', `${file} is not what docs/explain.md describes:\n  ${problems.join('\n  ')}`);
}

/** @throws CliError `unreadable` */
async function readText({ directory }: CliEnvironment, file: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(resolve(directory, file));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CliError('unreadable', `${file} can't be read: ${why}`, { cause });
  }
  return decode(bytes, MAX_FILE, file);
}

/** @throws CliError `unreadable` */
function decode(bytes: Uint8Array, limit: number, where: string): string {
  if (bytes.length > limit) throw new CliError('unreadable', `${where} has more than ${limit} bytes`);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new CliError('unreadable', `${where} is not UTF-8`, { cause });
  }
}
