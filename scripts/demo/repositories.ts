import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { GitClient } from './git.ts';
import { DemoError } from './wait.ts';

const ROOT = resolve(import.meta.dirname, '../..');
export const SCENES = join(ROOT, 'examples/flight-delay-scenes');

/** What a team's workflows use from the product's repository: actions with their bundles, and reusable workflows. */
const PRODUCT_FOLDERS = ['actions', '.github'] as const;

function start(directory: string): void {
  mkdirSync(directory, { recursive: true });
}

/** Pushes this checkout's actions and workflows as the product's repository, with the tag that teams refer to. */
export async function pushProduct(directory: string, url: string, by: { login: string; token: string }): Promise<void> {
  start(directory);
  for (const folder of PRODUCT_FOLDERS) cpSync(join(ROOT, folder), join(directory, folder), { recursive: true });
  const bundles = join(directory, 'actions/dist');
  if (!existsSync(bundles) || readdirSync(bundles).length === 0)
    throw new DemoError('actions/dist holds no bundles: run `npm run build`');
  const client = new GitClient(directory, by);
  await client.git('init', '-q', '.');
  await client.commitAll('Release v1');
  await client.git('tag', '-a', 'v1', '-m', 'v1');
  await client.git('push', '-q', url, 'main', 'v1');
}

/** Pushes the example as a team's repository, with the public half of the key that its policy trusts. */
export async function pushTeam(
  directory: string,
  url: string,
  by: { login: string; token: string },
  publicKeyPem: string,
): Promise<GitClient> {
  start(directory);
  cpSync(join(ROOT, 'examples/flight-delay'), directory, {
    recursive: true,
    filter: (path) => !/__pycache__|\.venv/.test(path),
  });
  mkdirSync(join(directory, 'keys'), { recursive: true });
  writeFileSync(join(directory, 'keys/trainyard.pub'), publicKeyPem);
  const client = new GitClient(directory, by);
  await client.git('init', '-q', '.');
  await client.git('remote', 'add', 'origin', url);
  await client.commitAll('Predict which flights arrive late');
  await client.git('push', '-q', '-u', 'origin', 'main');
  return client;
}

/** Lays a scene's files over the working tree on a new branch off origin/main (or on the branch, if it is there). */
export async function layScene(client: GitClient, scene: string, branch: string, message: string): Promise<string> {
  await client.git('fetch', '-q', 'origin');
  await client.git('checkout', '-q', '-B', branch, 'origin/main');
  cpSync(join(SCENES, scene), client.directory, { recursive: true, filter: (path) => !path.endsWith('scene.json') });
  const commit = await client.commitAll(message);
  await client.git('push', '-q', 'origin', branch);
  return commit;
}
