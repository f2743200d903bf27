import { Probot, ProbotOctokit } from 'probot';
import { z } from 'zod';
import { type Api, githubApi, type Requester } from '../adapters/github/api.ts';
import { statusOf } from '../adapters/github/errors.ts';
import { type Installation, installation as signedIn } from '../adapters/github/installation.ts';
import { RepositoryName } from '../core/names.ts';
import { PortError } from '../flows/ports.ts';
import type { AppConfig } from './config.ts';
import { AppError } from './error.ts';
import type { Governor } from './governor/governor.ts';
import type { Priority } from './governor/limits.ts';
import type { Metrics } from './metrics/metrics.ts';
import { counted } from './metrics/requests.ts';
import { signedByOneOf } from './signature.ts';

const Itself = z.object({ slug: z.string().min(1) });
const Installations = z.array(z.object({ id: z.int().positive(), suspended_at: z.string().nullish() }));
const Repositories = z.object({
  repositories: z.array(z.object({ full_name: RepositoryName, archived: z.boolean().optional() })),
});

/** GitHub as this App sees it. */
export interface GithubApp {
  /** Our login, e.g. `trainyard[bot]`. @throws AppError `github_refused` */
  self(): Promise<string>;
  /** @param signature as `X-Hub-Signature-256` holds it */
  verify(body: string, signature: string): boolean;
  /** Requests as the App itself, by its JWT: background work. */
  asApp(): Promise<Requester>;
  /** Requests as an installation. @throws PortError `forbidden` when it is not ours (any more) */
  installation(id: number, priority: Priority): Promise<Requester>;
  /** With which git asks as an installation. */
  gitFetch(id: number, priority: Priority): typeof globalThis.fetch;
  /**
   * The installation's token, as git takes it; it lasts for an hour, so it is asked for each time.
   * @param refused the one that GitHub did not take
   */
  token(id: number, refused?: string): Promise<string>;
  /** Of all installations but those that can't be asked now. @param left hears of these */
  repositories(
    left: (installation: number, error: PortError) => void,
  ): Promise<readonly { readonly installation: number; readonly repository: RepositoryName }[]>;
}

/** What the App asks by its own key has limits of its own. */
const ITSELF = 0;

/** @param fetch with which all is asked */
export function githubApp(
  config: AppConfig,
  metrics: Metrics,
  governor: Governor,
  fetch: typeof globalThis.fetch = globalThis.fetch,
): GithubApp {
  const probot = new Probot({
    appId: config.appId,
    privateKey: config.privateKey,
    secret: config.webhookSecret,
    baseUrl: config.githubUrl,
    logLevel: 'fatal',
    Octokit: octokitFor(config, fetch),
  });
  const known = new Map<number, Promise<Installation>>();
  const asApp = async (): Promise<Requester> =>
    governor.govern(counted(requester(await probot.auth()), null, metrics), ITSELF, 'background');
  const signIn = async (id: number): Promise<Installation> => {
    const octokit = await probot.auth(id);
    const requests = counted(requester(octokit), id, metrics);
    return signedIn({ ...requests, auth: (options) => octokit.auth(options) }, id);
  };
  const installationOf = (id: number): Promise<Installation> => {
    const before = known.get(id);
    if (before !== undefined) return before;
    const found = signIn(id);
    known.set(id, found);
    found.catch(() => known.delete(id));
    return found;
  };
  const asInstallation = async (id: number, priority: Priority): Promise<Requester> =>
    governor.govern(await installationOf(id), id, priority);
  // Routes that name no repository still pass through the adapter, for its validation and its errors.
  const api = (octokit: Requester) => githubApi({ octokit, repository: { owner: '', repo: '' } });
  return {
    async self() {
      try {
        // Before the database is open, where the governor keeps what it knows.
        const itself = api(counted(requester(await probot.auth()), null, metrics));
        const { slug } = await itself.get('GET /app', {}, Itself);
        return `${slug}[bot]`;
      } catch (cause) {
        const status = statusOf(cause instanceof PortError ? cause.cause : cause);
        const said = status === 401 ? 'it refused the key: compare APP_ID and PRIVATE_KEY' : wordsOf(cause);
        throw new AppError('github_refused', `expected ${config.githubUrl} to know this App, but ${said}`, { cause });
      }
    },
    verify: signedByOneOf([config.webhookSecret, config.previousWebhookSecret]),
    asApp,
    installation: asInstallation,
    gitFetch: (id, priority) => governor.fetch(fetch, id, priority),
    token: async (id, refused) => (await installationOf(id)).token(refused),
    async repositories(left) {
      const installations = await api(await asApp()).list('GET /app/installations', {}, Installations);
      const found = [];
      for (const { id } of installations.filter(({ suspended_at }) => suspended_at == null)) {
        try {
          const names = await repositoriesOf(api(await asInstallation(id, 'background')));
          found.push(...names.map((repository) => ({ installation: id, repository })));
        } catch (error) {
          // One whose limits are used up must not keep the others from being reconciled.
          if (!(error instanceof PortError)) throw error;
          left(id, error);
        }
      }
      return found;
    },
  };
}

async function repositoriesOf(octokit: Api): Promise<readonly RepositoryName[]> {
  const found: RepositoryName[] = [];
  for (let page = 1; ; page += 1) {
    const parameters = { per_page: 100, page };
    const { repositories } = await octokit.get('GET /installation/repositories', parameters, Repositories);
    found.push(...repositories.map(({ full_name }) => full_name));
    if (repositories.length < 100) return found;
  }
}

/**
 * Octokit's own retries are off everywhere: they repeat a write without looking whether it was done, which our steps
 * do. So are its pauses between writes: the governor's hold for all replicas together.
 */
function octokitFor(config: AppConfig, fetch: typeof globalThis.fetch): typeof ProbotOctokit {
  type Request = { defaults(options: { baseUrl: string }): unknown };
  return ProbotOctokit.defaults((options: { request?: object; auth?: { request?: Request } }) => ({
    ...options,
    // Probot gives it no address, and the first token of an installation would be asked of api.github.com.
    ...(options.auth?.request === undefined
      ? {}
      : { auth: { ...options.auth, request: options.auth.request.defaults({ baseUrl: config.githubUrl }) } }),
    request: { ...options.request, fetch },
    throttle: { enabled: false },
    retry: { enabled: false },
  }));
}

/** What an error says, and what the first one behind it says: where a proxy refused, the others only say that it failed. */
function wordsOf(error: unknown): string {
  let first = error;
  while (first instanceof Error && first.cause instanceof Error) first = first.cause;
  const said = String(error);
  return first instanceof Error && !said.includes(first.message) ? `${said}: ${first.message}` : said;
}

function requester(octokit: ProbotOctokit): Requester {
  return { request: (route, parameters) => octokit.request(route, parameters) };
}
