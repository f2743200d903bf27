import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { kill, processesOf } from '../../../adapters/runners/local/processes.ts';
import { localProvider } from '../../../adapters/runners/local/provider.ts';
import { RepositoryName } from '../../../core/names.ts';
import { type ProviderWorld, runnerProviderContract } from '../../contracts/runner-provider.ts';

/** Waits to be told to end, as a runner waits for its job. */
const RUNNER = `#!/bin/sh
printf %s "$ACTIONS_RUNNER_INPUT_JITCONFIG" > jit
env | grep -v ^ACTIONS_RUNNER_INPUT_JITCONFIG= > given
mv given environment
while [ ! -e finish ]; do sleep 0.05; done
`;

async function startLocal(): Promise<ProviderWorld> {
  const directory = await mkdtemp(join(tmpdir(), 'trainyard-runners-'));
  const runner = join(directory, 'runner');
  const machines = join(directory, 'machines');
  await mkdir(runner);
  await writeFile(join(runner, 'run.sh'), RUNNER);
  await chmod(join(runner, 'run.sh'), 0o755);
  const provider = () =>
    localProvider({
      githubUrl: 'http://127.0.0.1:1/api/v3',
      ...{ runner, directory: machines, now: Date.now, environment: process.env },
    });
  return {
    provider,
    finish: (name) => writeFile(join(machines, name, 'finish'), ''),
    // What is killed may have started something a moment before.
    lose: (name) =>
      expect
        .poll(() => {
          kill(processesOf(name));
          return processesOf(name);
        })
        .toEqual([]),
    async given(name) {
      await expect.poll(() => existsSync(join(machines, name, 'environment')), { timeout: 10_000 }).toBe(true);
      const [jitConfig, rest] = await Promise.all(
        ['jit', 'environment'].map((file) => readFile(join(machines, name, file), 'utf8')),
      );
      return { jitConfig: jitConfig ?? '', rest: rest ?? '' };
    },
    remains: async (name) => existsSync(join(machines, name)) || processesOf(name).length > 0,
    async close() {
      for (const { name } of [...(await provider().list(REPOSITORY, null)), ...(await provider().list(OTHER, null))])
        await provider().terminate(name);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

const REPOSITORY = RepositoryName.parse('flights/delay');
const OTHER = RepositoryName.parse('flights/fares');

describe('a runner as a process of this machine', () => {
  runnerProviderContract(startLocal);
});

const elsewhere = { runner: '/nowhere', directory: '/nowhere', now: Date.now, environment: {} };

test.each(['https://api.github.com', 'http://127.0.0.1.example.com/api/v3', 'https://ghe.example.com/api/v3'])(
  'is refused for %s, whose jobs would run here',
  (githubUrl) => {
    expect(() => localProvider({ githubUrl, ...elsewhere })).toThrow(/expected a GitHub on this machine/);
  },
);

test('is refused where there is no runner to start', () => {
  expect(() => localProvider({ githubUrl: 'http://localhost:1', ...elsewhere })).toThrow(/run\.sh, found none/);
});
