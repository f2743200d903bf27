import { appendFile, chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runGit } from '../git/process.ts';
import type { Repository } from './repository.ts';

export const repositoryDirectory = (dataDir: string, repository: Pick<Repository, 'id'>): string =>
  join(dataDir, 'repositories', `${repository.id}.git`);

/** Refuses the refs that the server named for this push; said in GitHub's words. */
const UPDATE_HOOK = `#!/bin/sh
printf '%s\\n' "$LOCAL_GITHUB_REFUSED_REFS" | while IFS= read -r refused; do
  if [ "$1" = "$refused" ]; then
    echo "error: GH006: Protected branch update failed for $1." >&2
    exit 1
  fi
done
`;

/** Tells the server which refs a push has really moved. */
const POST_RECEIVE_HOOK = `#!/bin/sh
cat > "$LOCAL_GITHUB_PUSHED"
`;

/** Writes the hooks that every repository of the server shares. */
export async function writeHooks(dataDir: string): Promise<void> {
  const folder = join(dataDir, 'hooks');
  await mkdir(folder, { recursive: true });
  for (const [name, script] of [
    ['update', UPDATE_HOOK],
    ['post-receive', POST_RECEIVE_HOOK],
  ] as const) {
    await writeFile(join(folder, name), script);
    await chmod(join(folder, name), 0o755);
  }
}

function configuration(dataDir: string): string {
  return [
    '[core]',
    `\thooksPath = ${JSON.stringify(join(dataDir, 'hooks'))}`,
    '[http]',
    '\treceivepack = true',
    '[receive]',
    '\thideRefs = refs/pull',
    '\tautogc = false',
    '[uploadpack]',
    '\tallowAnySHA1InWant = true',
    '\tallowFilter = true',
    '[gc]',
    '\tauto = 0',
    '',
  ].join('\n');
}

/** Creates the bare repository on disk, empty or with the branches, tags and (shared) objects of `source`. */
export async function createStorage(dataDir: string, repository: Repository, source?: Repository): Promise<void> {
  const directory = repositoryDirectory(dataDir, repository);
  await mkdir(directory, { recursive: true });
  await runGit(directory, ['init', '--bare', '--quiet', `--initial-branch=${repository.defaultBranch}`, '.']);
  await appendFile(join(directory, 'config'), configuration(dataDir));
  if (source === undefined) return;
  const origin = repositoryDirectory(dataDir, source);
  await writeFile(join(directory, 'objects', 'info', 'alternates'), `${join(origin, 'objects')}\n`);
  await runGit(directory, [
    'fetch',
    '--quiet',
    '--no-write-fetch-head',
    origin,
    'refs/heads/*:refs/heads/*',
    'refs/tags/*:refs/tags/*',
  ]);
}
