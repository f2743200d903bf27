import { Octokit } from 'octokit';
import { type Api, githubApi } from '../adapters/github/api.ts';
import { gitAccess } from '../adapters/github/git-access.ts';
import { type GithubPorts, githubPorts } from '../adapters/github/ports.ts';
import { RepositoryName } from '../core/names.ts';
import { type CliEnvironment, CliError } from './command.ts';

export interface RemoteRepository {
  readonly name: RepositoryName;
  readonly api: Api;
  readonly ports: GithubPorts;
}

/**
 * The repository on GitHub that a command is about: `GITHUB_REPOSITORY` or `--repo`, with `GITHUB_TOKEN`.
 *
 * @throws CliError `not_configured`, naming what is missing
 */
export function remoteRepository(environment: CliEnvironment, repo: string | undefined): RemoteRepository {
  const { variables } = environment;
  const name = RepositoryName.safeParse(repo ?? variables['GITHUB_REPOSITORY']);
  if (!name.success)
    throw new CliError('not_configured', 'say which repository: --repo owner/name, or GITHUB_REPOSITORY');
  const token = variables['GITHUB_TOKEN'] ?? variables['GH_TOKEN'];
  if (token === undefined || token === '')
    throw new CliError(
      'not_configured',
      'GITHUB_TOKEN (or GH_TOKEN) is not set: a token that may write to the repository',
    );
  const baseUrl = variables['GITHUB_API_URL'] ?? 'https://api.github.com';
  if (!URL.canParse(baseUrl)) throw new CliError('not_configured', `GITHUB_API_URL is no address: ${baseUrl}`);
  const local = /^(127\.0\.0\.1|localhost|\[::1\])$/.test(new URL(baseUrl).hostname);
  const octokit = new Octokit({
    auth: token,
    baseUrl,
    ...(local ? { throttle: { enabled: false }, retry: { enabled: false } } : {}),
  });
  const [owner = '', repository = ''] = name.data.split('/');
  const where = { octokit, repository: { owner, repo: repository } };
  const git = gitAccess(baseUrl, where.repository, { token: async () => token, now: () => new Date() });
  return { name: name.data, api: githubApi(where), ports: githubPorts({ ...where, git, self: 'trainyard[bot]' }) };
}
