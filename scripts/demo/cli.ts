import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import type { Person } from './people.ts';
import { DemoError } from './wait.ts';
import type { World } from './world.ts';

const ROOT = resolve(import.meta.dirname, '../..');

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `trainyard …` as a person would in their terminal, against the team's repository. */
export async function trainyard(
  world: World,
  by: Person,
  args: readonly string[],
  cwd: string = world.work.directory,
): Promise<CliResult> {
  const child = spawn(process.execPath, [resolve(ROOT, 'cli/bin.mjs'), ...args], {
    cwd,
    env: {
      PATH: process.env['PATH'],
      LANG: 'C.UTF-8',
      GITHUB_TOKEN: by.token,
      GITHUB_API_URL: world.apiUrl,
      GITHUB_REPOSITORY: `${world.team.owner}/${world.team.repo}`,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const code = await new Promise<number>((done) => child.once('close', (status) => done(status ?? 2)));
  return { code, stdout, stderr };
}

/** @throws {DemoError} unless it ends with the expected exit code */
export async function expectCli(world: World, by: Person, args: readonly string[], code = 0): Promise<CliResult> {
  const result = await trainyard(world, by, args);
  if (result.code !== code)
    throw new DemoError(
      `trainyard ${args.join(' ')} ended with ${result.code}, expected ${code}\n${result.stdout}${result.stderr}`,
    );
  return result;
}
