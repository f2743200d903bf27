import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';

export const EXAMPLE = resolve(import.meta.dirname, '../../examples/flight-delay');
export const SCENES = resolve(import.meta.dirname, '../../examples/flight-delay-scenes');

/** `scene.json` as `examples/flight-delay-scenes/README.md` describes it. */
export const Scene = z.strictObject({
  branch: z.string().regex(/^[a-z-]+$/),
  title: z.string().min(1).nullable(),
  commit: z.string().min(1),
  body: z.string(),
  patch: z.literal('change.patch').nullable(),
  edits: z.array(z.strictObject({ path: z.string(), line: z.int().min(2), column: z.string(), value: z.string() })),
});
export type Scene = z.infer<typeof Scene>;

export function readScene(name: string): Scene {
  return Scene.parse(JSON.parse(readFileSync(join(SCENES, name, 'scene.json'), 'utf8')));
}

/** Copies the example as its repository's first commit would hold it. @param directory exists and is empty */
export function copyExample(directory: string): void {
  const left = new Set(['work', '__pycache__', '.venv', '.venv-eval']);
  cpSync(EXAMPLE, directory, { recursive: true, filter: (source) => !left.has(source.split('/').at(-1) ?? '') });
}

export function git(directory: string, ...args: string[]): string {
  const identity = ['-c', 'user.name=ada', '-c', 'user.email=ada@example.com', '-c', 'commit.gpgsign=false'];
  return execFileSync('git', [...identity, ...args], {
    cwd: directory,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_SYSTEM: '/dev/null',
      GIT_CEILING_DIRECTORIES: '/',
    },
  });
}

export function applyScene(directory: string, name: string): void {
  const scene = readScene(name);
  // Outside of a repository, git apply patches files as they lie there.
  if (scene.patch !== null) git(directory, 'apply', join(SCENES, name, scene.patch));
  for (const edit of scene.edits) {
    const path = join(directory, edit.path);
    const lines = readFileSync(path, 'utf8').split('\n');
    const column = (lines[0] ?? '').split(',').indexOf(edit.column);
    const fields = (lines[edit.line - 1] ?? '').split(',');
    if (column < 0 || fields.length <= column)
      throw new Error(`${name}: ${edit.path}:${edit.line} has no ${edit.column}`);
    lines[edit.line - 1] = fields.with(column, edit.value).join(',');
    writeFileSync(path, lines.join('\n'));
  }
}

export function sceneNames(): string[] {
  return readdirSync(SCENES, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
}
