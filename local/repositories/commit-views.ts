import { accountByEmail } from '../accounts/identity.ts';
import { nodeId, simpleUser } from '../accounts/views.ts';
import type { Commit } from '../git/objects.ts';
import type { LocalGitHub } from '../github.ts';
import type { Repository } from './repository.ts';
import { repositoryApiUrl, repositoryPageUrl } from './views.ts';

type Json = Record<string, unknown>;

/** The local GitHub knows nobody's signing keys, so no signature counts as verified. */
function verificationView(commit: Commit): Json {
  return {
    verified: false,
    reason: commit.signature === undefined ? 'unsigned' : 'unknown_key',
    signature: commit.signature?.armor ?? null,
    payload: commit.signature?.payload ?? null,
    verified_at: null,
  };
}

/** GitHub's `git-commit` (the git database). */
export function gitCommitView(github: LocalGitHub, repository: Repository, commit: Commit): Json {
  const api = `${repositoryApiUrl(github, repository)}/git`;
  const page = `${repositoryPageUrl(github, repository)}/commit`;
  return {
    sha: commit.sha,
    node_id: nodeId('C', commit.sha),
    url: `${api}/commits/${commit.sha}`,
    html_url: `${page}/${commit.sha}`,
    author: commit.author,
    committer: commit.committer,
    tree: { sha: commit.tree, url: `${api}/trees/${commit.tree}` },
    message: commit.message,
    parents: commit.parents.map((sha) => ({ sha, url: `${api}/commits/${sha}`, html_url: `${page}/${sha}` })),
    verification: verificationView(commit),
  };
}

function personView(github: LocalGitHub, email: string): Json | null {
  const account = accountByEmail(github.tables, email);
  return account === undefined ? null : simpleUser(github, account);
}

/** GitHub's `commit` (lists, comparisons, pull requests); `files` and `stats` are added where one commit is asked for. */
export function commitView(github: LocalGitHub, repository: Repository, commit: Commit): Json {
  const api = repositoryApiUrl(github, repository);
  const page = `${repositoryPageUrl(github, repository)}/commit`;
  return {
    sha: commit.sha,
    node_id: nodeId('C', commit.sha),
    url: `${api}/commits/${commit.sha}`,
    html_url: `${page}/${commit.sha}`,
    comments_url: `${api}/commits/${commit.sha}/comments`,
    commit: {
      url: `${api}/git/commits/${commit.sha}`,
      author: commit.author,
      committer: commit.committer,
      message: commit.message,
      tree: { sha: commit.tree, url: `${api}/git/trees/${commit.tree}` },
      comment_count: 0,
      verification: verificationView(commit),
    },
    author: personView(github, commit.author.email),
    committer: personView(github, commit.committer.email),
    parents: commit.parents.map((sha) => ({ sha, url: `${api}/commits/${sha}`, html_url: `${page}/${sha}` })),
  };
}
