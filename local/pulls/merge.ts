import type { Account } from '../accounts/account.ts';
import { accountEmail } from '../accounts/identity.ts';
import { listCommits, readCommits } from '../git/log.ts';
import type { Commit, Signature } from '../git/objects.ts';
import type { LocalGitHub } from '../github.ts';
import { ApiError, notImplemented } from '../http/errors.ts';
import { refMoved } from '../repositories/ref-changes.ts';
import { mergedTree, WEB_FLOW, writeCommit } from './preview.ts';
import { closePull } from './sync.ts';
import type { PullContext } from './views.ts';

export interface MergeRequest {
  readonly method: 'merge' | 'squash' | 'rebase';
  /** Refuse if the head is another commit by now. */
  readonly sha?: string | undefined;
  readonly title?: string | undefined;
  readonly message?: string | undefined;
}

const notMergeable = (): ApiError => new ApiError(405, 'Pull Request is not mergeable');

/** The message that GitHub proposes for a squash: the only commit's own, or the title and a list of all. */
function squashMessage(context: PullContext, commits: readonly Commit[]): { title: string; message: string } {
  const suffix = ` (#${context.pull.number})`;
  const [only] = commits;
  if (commits.length === 1 && only !== undefined) {
    const [title = '', ...rest] = only.message.split('\n');
    return { title: title + suffix, message: rest.join('\n').trim() };
  }
  return { title: context.issue.title + suffix, message: commits.map((commit) => `* ${commit.message}`).join('\n\n') };
}

interface Drafted {
  readonly parents: readonly string[];
  readonly author: Signature;
  readonly title: string;
  readonly message: string;
}

async function draft(
  github: LocalGitHub,
  context: PullContext,
  request: MergeRequest,
  base: string,
  by: Account,
): Promise<Drafted> {
  const { pull, issue, repository, headRepository } = context;
  const date = github.timestamp();
  const sign = (account: Account): Signature => ({
    name: account.name ?? account.login,
    email: accountEmail(account),
    date,
  });
  if (request.method === 'merge') {
    const title = `Merge pull request #${pull.number} from ${headRepository?.owner ?? 'unknown'}/${pull.headRef}`;
    return { parents: [base, pull.headSha], author: sign(by), title, message: issue.title };
  }
  const git = github.git(repository);
  const commits = await readCommits(git, await listCommits(git, pull.headSha, [base], { reverse: true }));
  const author = github.tables.accounts.get(issue.authorId) ?? by;
  return { parents: [base], author: sign(author), ...squashMessage(context, commits) };
}

/**
 * Merges a pull request as the API and the page's button do. The caller holds the repository's lock.
 * @returns the id of the commit that the base branch now points to.
 * @throws ApiError 405 if it is closed, a draft or in conflict; 409 if head or base have moved.
 */
export async function mergePull(
  github: LocalGitHub,
  context: PullContext,
  request: MergeRequest,
  by: { account: Account; byJob: boolean; appId?: number | undefined },
): Promise<string> {
  const { pull, issue, repository } = context;
  const guard = github.tables.protectedBranches.find({ repositoryId: repository.id, branch: pull.baseRef });
  if (guard !== undefined && !guard.appIds.some((id) => id === by.appId)) {
    throw new ApiError(405, "You're not authorized to push to this branch.");
  }
  if (request.method === 'rebase') throw notImplemented('rebase merges');
  if (issue.state !== 'open' || pull.draft) throw notMergeable();
  if (request.sha !== undefined && request.sha !== pull.headSha) {
    throw new ApiError(409, 'Head branch was modified. Review and try the merge again.');
  }
  const git = github.git(repository);
  const ref = `refs/heads/${pull.baseRef}`;
  const base = await git.ref(ref);
  const tree = base === undefined ? undefined : await mergedTree(git, base, pull.headSha);
  if (base === undefined || tree === undefined) throw notMergeable();
  const drafted = await draft(github, context, request, base, by.account);
  const body = request.message ?? drafted.message;
  const after = await writeCommit(git, {
    tree,
    parents: drafted.parents,
    author: drafted.author,
    committer: { ...WEB_FLOW, date: github.timestamp() },
    message: `${request.title ?? drafted.title}${body === '' ? '' : `\n\n${body}`}`,
  });
  if (!(await git.updateRef(ref, base, after))) {
    throw new ApiError(409, 'Base branch was modified. Review and try the merge again.');
  }
  closePull(github, pull, by, after);
  await refMoved(github, { repository, ref, before: base, after, ...by, merged: true });
  return after;
}
