import { accountByEmail, accountEmail } from '../accounts/identity.ts';
import { listCommits, readCommits, touchedPaths } from '../git/log.ts';
import type { Commit, Signature } from '../git/objects.ts';
import { ZERO } from '../git/refs.ts';
import type { LocalGitHub } from '../github.ts';
import type { RefChange } from './ref-changes.ts';
import { repositoryPageUrl, repositoryView } from './views.ts';

type Json = Record<string, unknown>;

/** GitHub lists at most 2,048 commits in a push; this many are enough here, newest kept. */
const MAX_COMMITS = 20;

function personView(github: LocalGitHub, person: Signature): Json {
  const account = accountByEmail(github.tables, person.email);
  return {
    name: person.name,
    email: person.email,
    date: person.date,
    ...(account === undefined ? {} : { username: account.login }),
  };
}

async function commitView(github: LocalGitHub, change: RefChange, commit: Commit): Promise<Json> {
  return {
    id: commit.sha,
    tree_id: commit.tree,
    distinct: true,
    message: commit.message,
    timestamp: commit.committer.date,
    url: `${repositoryPageUrl(github, change.repository)}/commit/${commit.sha}`,
    author: personView(github, commit.author),
    committer: personView(github, commit.committer),
    ...(await touchedPaths(github.git(change.repository), commit.sha)),
  };
}

/** The commits that the push brought: since `before`, or for a new branch those that the default branch lacks. */
async function pushedCommits(github: LocalGitHub, change: RefChange): Promise<string[]> {
  if (change.after === ZERO || !change.ref.startsWith('refs/heads/')) return [];
  const git = github.git(change.repository);
  const main = `refs/heads/${change.repository.defaultBranch}`;
  const known = change.before === ZERO ? (change.ref === main ? undefined : await git.ref(main)) : change.before;
  return listCommits(git, change.after, known === undefined ? [] : [known], { limit: MAX_COMMITS, reverse: true });
}

/** The fields of a `push` event. */
export async function pushPayload(github: LocalGitHub, change: RefChange, forced: boolean): Promise<Json> {
  const { repository, ref, before, after, account } = change;
  const git = github.git(repository);
  const page = repositoryPageUrl(github, repository);
  const head = after === ZERO ? undefined : await git.peel(after);
  const views = async (shas: readonly string[]): Promise<Json[]> =>
    Promise.all((await readCommits(git, shas)).map((commit) => commitView(github, change, commit)));
  const [headCommit] = head === undefined ? [] : await views([head]);
  const seconds = (time: string): number => Math.floor(Date.parse(time) / 1000);
  const current = github.tables.repositories.get(repository.id) ?? repository;
  return {
    ref,
    before,
    after,
    created: before === ZERO,
    deleted: after === ZERO,
    forced,
    base_ref: null,
    compare:
      before === ZERO || after === ZERO
        ? `${page}/commit/${(after === ZERO ? before : after).slice(0, 12)}`
        : `${page}/compare/${before.slice(0, 12)}...${after.slice(0, 12)}`,
    commits: await views(await pushedCommits(github, change)),
    head_commit: headCommit ?? null,
    pusher: { name: account.login, email: accountEmail(account) },
    // In this event alone, GitHub writes these times as numbers.
    repository: {
      ...repositoryView(github, current),
      created_at: seconds(current.createdAt),
      pushed_at: seconds(current.pushedAt),
      master_branch: repository.defaultBranch,
      stargazers: 0,
    },
  };
}
