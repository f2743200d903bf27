import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
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

export const EXAMPLE = join(ROOT, 'examples/flight-delay');

/** Pushes a folder, the example say, as a team's repository, with the public half of the key that its policy trusts. */
export async function pushTeam(
  directory: string,
  url: string,
  by: { login: string; token: string },
  publicKeyPem: string,
  template: string = EXAMPLE,
): Promise<GitClient> {
  start(directory);
  cpSync(template, directory, {
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

const SceneFile = z.strictObject({
  branch: z.string(),
  commit: z.string(),
  title: z.string().nullable(),
  body: z.string(),
  patch: z.string().nullable(),
  edits: z
    .array(z.strictObject({ path: z.string(), line: z.int().min(2), column: z.string(), value: z.string() }))
    .default([]),
});
export type Scene = z.infer<typeof SceneFile>;

export function readScene(name: string): Scene {
  return SceneFile.parse(JSON.parse(readFileSync(join(SCENES, name, 'scene.json'), 'utf8')));
}

/** Commits a scene's patch on a new branch off origin/main and pushes it. */
export async function pushScene(client: GitClient, name: string): Promise<{ scene: Scene; commit: string }> {
  const scene = readScene(name);
  if (scene.patch === null) throw new DemoError(`the scene ${name} has no patch`);
  await client.git('fetch', '-q', 'origin');
  await client.git('checkout', '-q', '-B', scene.branch, 'origin/main');
  await client.git('apply', '--index', join(SCENES, name, scene.patch));
  const commit = await client.commitAll(scene.commit);
  await client.git('push', '-q', 'origin', scene.branch);
  return { scene, commit };
}
