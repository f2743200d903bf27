import type { LocalGitHub } from '../github.ts';
import type { Account } from './account.ts';

type Json = Record<string, unknown>;

/** GitHub's opaque global id of an object. */
export const nodeId = (kind: string, id: number | string): string =>
  `${kind}_${Buffer.from(`${kind}:${id}`).toString('base64url')}`;

/** GitHub's `simple-user`: how accounts appear inside other objects. */
export function simpleUser(github: LocalGitHub, account: Account): Json {
  const login = encodeURIComponent(account.login);
  const url = `${github.urls.api}/users/${login}`;
  return {
    login: account.login,
    id: account.id,
    node_id: nodeId('U', account.id),
    avatar_url: `${github.urls.server}/avatars/${account.id}`,
    gravatar_id: '',
    url,
    html_url: `${github.urls.server}/${login}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: account.type,
    user_view_type: 'public',
    site_admin: false,
  };
}

/** The author of something, `null` if the account is gone. */
export function userOrNull(github: LocalGitHub, accountId: number | null): Json | null {
  const account = accountId === null ? undefined : github.tables.accounts.get(accountId);
  return account === undefined ? null : simpleUser(github, account);
}

/** GitHub's `public-user`. */
export function publicUser(github: LocalGitHub, account: Account): Json {
  return {
    ...simpleUser(github, account),
    name: account.name,
    company: null,
    blog: '',
    location: null,
    email: null,
    hireable: null,
    bio: null,
    twitter_username: null,
    public_repos: github.tables.repositories.list({ ownerId: account.id, private: false }).length,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: account.createdAt,
    updated_at: account.createdAt,
  };
}

/** GitHub's `private-user`: what a person sees of their own account. */
export function privateUser(github: LocalGitHub, account: Account): Json {
  const hidden = github.tables.repositories.list({ ownerId: account.id, private: true }).length;
  return {
    ...publicUser(github, account),
    private_gists: 0,
    total_private_repos: hidden,
    owned_private_repos: hidden,
    disk_usage: 0,
    collaborators: 0,
    two_factor_authentication: true,
  };
}

/** GitHub's `organization-simple`. */
export function organizationSimple(github: LocalGitHub, account: Account): Json {
  const url = `${github.urls.api}/orgs/${account.login}`;
  return {
    login: account.login,
    id: account.id,
    node_id: nodeId('O', account.id),
    url,
    repos_url: `${url}/repos`,
    events_url: `${url}/events`,
    hooks_url: `${url}/hooks`,
    issues_url: `${url}/issues`,
    members_url: `${url}/members{/member}`,
    public_members_url: `${url}/public_members{/member}`,
    avatar_url: `${github.urls.server}/avatars/${account.id}`,
    description: account.name,
  };
}
