import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { GitClient } from '../../scripts/demo/git.ts';

/** What git alone says of a repository, as texts by what they are about: `branches`, `tags` and `trainyard`. */
export async function refsOf(git: GitClient): Promise<Record<'branches' | 'tags' | 'trainyard', readonly string[]>> {
  const listed = await git.git('for-each-ref', '--sort=creatordate', '--format=%(refname) %(objecttype) %(objectname)');
  const refs = listed.split('\n').map((line) => {
    const [name = '', type = '', id = ''] = line.split(' ');
    return { name, type, id };
  });
  const below = (prefix: string) => refs.filter(({ name }) => name.startsWith(prefix));
  const texts = { branches: [] as string[], tags: [] as string[], trainyard: [] as string[] };
  for (const { name, id } of below('refs/heads/')) texts.branches.push(await branchText(git, name, id));
  for (const { name, type, id } of below('refs/tags/')) texts.tags.push(await tagText(git, name, type, id));
  for (const { name, id } of below('refs/trainyard/')) texts.trainyard.push(...(await chainTexts(git, name, id)));
  return texts;
}

async function branchText(git: GitClient, name: string, id: string): Promise<string> {
  const commits = await git.git('log', '--first-parent', '--format=    %H %T %an: %s', id);
  return `${name}\n${commits}`;
}

async function tagText(git: GitClient, name: string, type: string, id: string): Promise<string> {
  if (type !== 'tag') return `${name}\n  ${type} ${id}`;
  const content = await git.git('cat-file', 'tag', id);
  return `${name}\n  annotated\n  ${content
    .replaceAll(/ \d{9,} \+\d{4}$/gm, ' <time>')
    .split('\n')
    .join('\n  ')}`;
}

/** Each commit of a chain, the oldest first. */
async function chainTexts(git: GitClient, name: string, id: string): Promise<readonly string[]> {
  const commits = (await git.git('rev-list', '--reverse', id)).split('\n');
  const texts: string[] = [];
  for (const [index, commit] of commits.entries()) {
    const subject = await git.git('log', '-1', '--format=%an: %s', commit);
    const files = (await git.git('ls-tree', '-r', '--name-only', commit)).split('\n');
    const contents = [];
    for (const file of files) contents.push(fileText(file, await git.git('cat-file', 'blob', `${commit}:${file}`)));
    texts.push([`${name} ${index}`, `  ${commit} ${subject}`, ...contents].join('\n'));
  }
  return texts;
}

const Sealed = z.object({ payload: z.string(), signatures: z.array(z.object({ keyid: z.string() })) });
const Statement = z.object({ predicateType: z.string(), predicate: z.unknown() });

/** Of an envelope what is signed and by whom: the signature itself is random. */
function fileText(file: string, content: string): string {
  const sealed = file.endsWith('.json') ? Sealed.safeParse(JSON.parse(content)) : null;
  if (sealed?.success !== true) return `  ${file}\n    ${content.split('\n').join('\n    ')}`;
  const statement = Statement.parse(JSON.parse(Buffer.from(sealed.data.payload, 'base64').toString('utf8')));
  const digest = createHash('sha256').update(content).digest('hex');
  const keys = sealed.data.signatures.map(({ keyid }) => keyid).join(', ');
  const predicate = JSON.stringify(statement.predicate, null, 2).split('\n').join('\n    ');
  return `  ${file} ${digest} signed by ${keys}\n    ${statement.predicateType}\n    ${predicate}`;
}
