import { nodeId, userOrNull } from '../accounts/views.ts';
import { roleAtLeast, roleOf } from '../auth/access.ts';
import type { Actor } from '../auth/actor.ts';
import type { LocalGitHub } from '../github.ts';
import type { Repository } from './repository.ts';

type Json = Record<string, unknown>;

/** The address templates that every repository object carries. */
const TEMPLATES: Readonly<Record<string, string>> = {
  archive_url: '/{archive_format}{/ref}',
  assignees_url: '/assignees{/user}',
  blobs_url: '/git/blobs{/sha}',
  branches_url: '/branches{/branch}',
  collaborators_url: '/collaborators{/collaborator}',
  comments_url: '/comments{/number}',
  commits_url: '/commits{/sha}',
  compare_url: '/compare/{base}...{head}',
  contents_url: '/contents/{+path}',
  contributors_url: '/contributors',
  deployments_url: '/deployments',
  downloads_url: '/downloads',
  events_url: '/events',
  forks_url: '/forks',
  git_commits_url: '/git/commits{/sha}',
  git_refs_url: '/git/refs{/sha}',
  git_tags_url: '/git/tags{/sha}',
  hooks_url: '/hooks',
  issue_comment_url: '/issues/comments{/number}',
  issue_events_url: '/issues/events{/number}',
  issues_url: '/issues{/number}',
  keys_url: '/keys{/key_id}',
  labels_url: '/labels{/name}',
  languages_url: '/languages',
  merges_url: '/merges',
  milestones_url: '/milestones{/number}',
  notifications_url: '/notifications{?since,all,participating}',
  pulls_url: '/pulls{/number}',
  releases_url: '/releases{/id}',
  stargazers_url: '/stargazers',
  statuses_url: '/statuses/{sha}',
  subscribers_url: '/subscribers',
  subscription_url: '/subscription',
  tags_url: '/tags',
  teams_url: '/teams',
  trees_url: '/git/trees{/sha}',
};

export const fullName = (repository: Repository): string => `${repository.owner}/${repository.name}`;

/** `http://127.0.0.1:PORT/api/v3/repos/owner/name` */
export const repositoryApiUrl = (github: LocalGitHub, repository: Repository): string =>
  `${github.urls.api}/repos/${fullName(repository)}`;

/** `http://github.localhost:PORT/owner/name` */
export const repositoryPageUrl = (github: LocalGitHub, repository: Repository): string =>
  `${github.urls.server}/${fullName(repository)}`;

const SETTINGS: Json = {
  mirror_url: null,
  homepage: null,
  language: null,
  license: null,
  forks_count: 0,
  forks: 0,
  stargazers_count: 0,
  watchers_count: 0,
  watchers: 0,
  subscribers_count: 0,
  network_count: 0,
  size: 0,
  is_template: false,
  topics: [],
  has_issues: true,
  has_projects: false,
  has_wiki: false,
  has_pages: false,
  has_downloads: true,
  has_discussions: false,
  archived: false,
  disabled: false,
  allow_forking: true,
  web_commit_signoff_required: false,
};

/** A repository in the shape that serves GitHub's `full-repository`, `minimal-repository` and webhook schemas alike. */
export function repositoryView(github: LocalGitHub, repository: Repository): Json {
  const url = repositoryApiUrl(github, repository);
  const git = github.urls.git(repository.owner, repository.name);
  const open = github.tables.issues.count({ repositoryId: repository.id, state: 'open' });
  return {
    id: repository.id,
    node_id: nodeId('R', repository.id),
    name: repository.name,
    full_name: fullName(repository),
    owner: userOrNull(github, repository.ownerId),
    private: repository.private,
    visibility: repository.private ? 'private' : 'public',
    html_url: repositoryPageUrl(github, repository),
    description: repository.description,
    fork: repository.parentId !== null,
    url,
    ...Object.fromEntries(Object.entries(TEMPLATES).map(([key, path]) => [key, url + path])),
    git_url: git,
    ssh_url: git,
    clone_url: git,
    svn_url: repositoryPageUrl(github, repository),
    ...SETTINGS,
    open_issues_count: open,
    open_issues: open,
    default_branch: repository.defaultBranch,
    pushed_at: repository.pushedAt,
    created_at: repository.createdAt,
    updated_at: repository.updatedAt,
  };
}

/** The rights of the caller, as `GET /repos/{owner}/{repo}` shows them. */
function permissionsView(github: LocalGitHub, repository: Repository, actor: Actor): Json {
  const role = actor.kind === 'user' ? roleOf(github.tables, repository, actor.user) : undefined;
  return {
    admin: roleAtLeast(role, 'admin'),
    maintain: roleAtLeast(role, 'maintain'),
    push: roleAtLeast(role, 'write'),
    triage: roleAtLeast(role, 'triage'),
    pull: true,
  };
}

/** GitHub's `full-repository`. */
export function fullRepositoryView(github: LocalGitHub, repository: Repository, actor: Actor): Json {
  const parent = repository.parentId === null ? undefined : github.tables.repositories.get(repository.parentId);
  const owner = github.tables.accounts.get(repository.ownerId);
  return {
    ...repositoryView(github, repository),
    permissions: permissionsView(github, repository, actor),
    temp_clone_token: null,
    allow_squash_merge: true,
    allow_merge_commit: true,
    allow_rebase_merge: false,
    allow_auto_merge: false,
    delete_branch_on_merge: false,
    ...(owner?.type === 'Organization' ? { organization: userOrNull(github, owner.id) } : {}),
    ...(parent === undefined ? {} : { parent: repositoryView(github, parent), source: repositoryView(github, parent) }),
  };
}
