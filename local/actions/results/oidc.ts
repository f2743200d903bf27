import { createHash, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LocalGitHub } from '../../github.ts';
import { githubContext } from '../github-context.ts';
import type { ActionsTables, Job, Run } from '../tables.ts';
import type { RuntimeTokens } from './runtime-token.ts';

export const OIDC_PATH = '/_oidc/';
/** An id token lives this long. */
const LIFE_SECONDS = 300;
/** Members of the `github` context that are claims of the same name. */
const CONTEXT_CLAIMS = [
  'actor',
  'actor_id',
  'base_ref',
  'event_name',
  'head_ref',
  'ref',
  'ref_type',
  'repository',
  'repository_id',
  'repository_owner',
  'repository_owner_id',
  'run_attempt',
  'run_id',
  'run_number',
  'sha',
  'workflow',
  'workflow_ref',
  'workflow_sha',
];

const DISCOVERY = {
  subject_types_supported: ['public', 'pairwise'],
  response_types_supported: ['id_token'],
  id_token_signing_alg_values_supported: ['RS256'],
  scopes_supported: ['openid'],
};

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** What a job with `id-token: write` may say of itself. */
export interface IdentityGrant {
  readonly environment: string | undefined;
  /** `owner/name/path@ref` and commit of the workflow file that holds the job. */
  readonly jobWorkflowRef: string;
  readonly jobWorkflowSha: string;
}

/** Issues id tokens to jobs that may ask for them. The key lives as long as the server. */
export class IdentityProvider {
  readonly #github: LocalGitHub;
  readonly #tables: ActionsTables;
  readonly #tokens: RuntimeTokens;
  readonly #grants = new Map<number, IdentityGrant>();
  #key: { readonly id: string; readonly private: KeyObject; readonly public: KeyObject } | undefined;

  constructor(github: LocalGitHub, tables: ActionsTables, tokens: RuntimeTokens) {
    this.#github = github;
    this.#tables = tables;
    this.#tokens = tokens;
  }

  get issuer(): string {
    return new URL(OIDC_PATH.slice(0, -1), this.#github.urls.results).href;
  }

  /** Lets a job ask. @returns where. */
  allow(jobId: number, grant: IdentityGrant): string {
    this.#grants.set(jobId, grant);
    return `${this.issuer}/token?api-version=2.0`;
  }

  end(jobId: number): void {
    this.#grants.delete(jobId);
  }

  handle(request: IncomingMessage, response: ServerResponse, url: URL): void {
    const { status, body } = this.#answer(request, url);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  }

  #answer(request: IncomingMessage, url: URL): Answer {
    const { issuer } = this;
    switch (url.pathname.slice(OIDC_PATH.length)) {
      case '.well-known/openid-configuration':
        return { status: 200, body: { issuer, jwks_uri: `${issuer}/.well-known/jwks`, ...DISCOVERY } };
      case '.well-known/jwks': {
        const key = this.#signingKey();
        const jwk = { ...key.public.export({ format: 'jwk' }), kid: key.id, alg: 'RS256', use: 'sig' };
        return { status: 200, body: { keys: [jwk] } };
      }
      case 'token':
        return this.#issue(request, url);
      default:
        return { status: 501, body: { message: `The local GitHub does not implement ${url.pathname}.` } };
    }
  }

  #issue(request: IncomingMessage, url: URL): Answer {
    const bearer = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const ids = this.#tokens.verify(bearer, this.#github.now());
    const job = ids === undefined ? undefined : this.#tables.jobs.find({ backendId: ids.job });
    const run = job === undefined ? undefined : this.#tables.runs.get(job.runId);
    const grant = job === undefined ? undefined : this.#grants.get(job.id);
    if (job === undefined || run === undefined || grant === undefined) {
      return { status: 401, body: { message: 'expected the request token of a running job with id-token: write' } };
    }
    const value = this.#sign(this.#claims(run, job, grant, url.searchParams.get('audience')));
    return { status: 200, body: { count: value.length, value } };
  }

  #claims(run: Run, job: Job, grant: IdentityGrant, audience: string | null): Record<string, unknown> {
    const repository = this.#github.tables.repositories.get(run.repositoryId);
    if (repository === undefined) throw new Error(`run ${run.id} has lost its repository`);
    const context = githubContext(this.#github, repository, run);
    const now = Math.floor(this.#github.now().getTime() / 1000);
    const { environment } = grant;
    const entity =
      environment !== undefined
        ? `environment:${environment.replaceAll(':', '%3A')}`
        : run.event.startsWith('pull_request')
          ? 'pull_request'
          : `ref:${run.trigger.ref}`;
    return {
      ...Object.fromEntries(CONTEXT_CLAIMS.map((name) => [name, context[name]])),
      // The form of repositories created after 2026-07-15: names can change hands, ids can't.
      sub: `repo:${repository.owner}@${repository.ownerId}/${repository.name}@${repository.id}:${entity}`,
      aud: audience ?? `${this.#github.urls.server}/${repository.owner}`,
      iss: this.issuer,
      jti: randomUUID(),
      iat: now,
      nbf: now,
      exp: now + LIFE_SECONDS,
      check_run_id: String(job.id),
      job_workflow_ref: grant.jobWorkflowRef,
      job_workflow_sha: grant.jobWorkflowSha,
      repository_visibility: repository.private ? 'private' : 'public',
      runner_environment: 'self-hosted',
      ...(environment === undefined ? {} : { environment }),
    };
  }

  #sign(claims: Record<string, unknown>): string {
    const key = this.#signingKey();
    const body = [{ alg: 'RS256', typ: 'JWT', kid: key.id }, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    return `${body}.${sign('sha256', Buffer.from(body), key.private).toString('base64url')}`;
  }

  /** Made at the first use: it takes a tenth of a second, and most runs need none. */
  #signingKey() {
    if (this.#key !== undefined) return this.#key;
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const id = createHash('sha256')
      .update(publicKey.export({ type: 'spki', format: 'der' }))
      .digest('hex')
      .slice(0, 32);
    this.#key = { id, private: privateKey, public: publicKey };
    return this.#key;
  }
}
