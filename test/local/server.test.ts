import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startLocalGitHub } from '../../local/server.ts';
import { client, commitFiles } from './world.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'local-github-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

test('a server that starts again goes on where it was', async () => {
  const first = await startLocalGitHub({ dataDir });
  const ada = first.createUser('ada');
  const repository = await first.createRepository({ owner: 'ada', name: 'kept' });
  const sha = await commitFiles(client(first, ada.token), repository, 'main', { 'a.txt': 'a' });
  await first.close();
  const second = await startLocalGitHub({ dataDir });
  try {
    const { data } = await client(second, ada.token).rest.repos.getBranch({
      owner: 'ada',
      repo: 'kept',
      branch: 'main',
    });
    expect(data.commit.sha).toBe(sha);
  } finally {
    await second.close();
  }
});

test('it listens on loopback only', async () => {
  const github = await startLocalGitHub({ dataDir });
  try {
    expect(github.urls.api).toBe(`http://127.0.0.1:${github.port}/api/v3`);
    expect((await fetch(`${github.urls.api}/meta`)).status).toBe(200);
  } finally {
    await github.close();
  }
});

test('its state file holds no usable token', async () => {
  const github = await startLocalGitHub({ dataDir });
  const { token } = github.createUser('ada');
  await github.close();
  const bytes = await readFile(join(dataDir, 'state.sqlite'));
  expect(bytes.includes(token)).toBe(false);
});

test('started alone with a seed, it says that jobs run as you and keeps its secrets to you', async () => {
  const seed = join(dataDir, 'seed.json');
  await writeFile(
    seed,
    JSON.stringify({ users: [{ login: 'ada' }], repositories: [{ owner: 'ada', name: 'r', collaborators: {} }] }),
  );
  const data = join(dataDir, 'data');
  const child = spawn(process.execPath, ['local/main.ts', '--data', data, '--seed', seed], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  try {
    let output = '';
    for await (const chunk of child.stdout) {
      output += chunk;
      if (output.includes('credentials.json')) break;
    }
    expect(output).toContain('jobs run on this machine, as you');
    const file = join(data, 'credentials.json');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const api = /API: (\S+)\)/.exec(output)?.[1];
    const { tokens } = JSON.parse(await readFile(file, 'utf8'));
    const response = await fetch(`${api}/user`, { headers: { authorization: `Bearer ${tokens.ada}` } });
    expect(await response.json()).toMatchObject({ login: 'ada' });
  } finally {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
});

test('a seed with a misspelt field is refused with its place', async () => {
  const seed = join(dataDir, 'seed.json');
  await writeFile(seed, JSON.stringify({ users: [{ login: 'ada', nmae: 'Ada' }] }));
  const child = spawn(process.execPath, ['local/main.ts', '--data', join(dataDir, 'data'), '--seed', seed], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let problem = '';
  for await (const chunk of child.stderr) problem += chunk;
  expect(problem).toMatch(/nmae[\s\S]*users\[0\]/);
  expect(child.exitCode ?? (await once(child, 'exit'))[0]).toBe(2);
});
