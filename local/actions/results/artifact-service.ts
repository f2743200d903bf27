import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { LocalGitHub } from '../../github.ts';
import { RETENTION_DAYS } from '../../workflows/workflow.ts';
import type { ActionsTables, Artifact, Job, Run } from '../tables.ts';
import { BLOB_PATH, type Blobs } from './blobs.ts';
import type { BackendIds } from './runtime-token.ts';
import type { SignedUrls } from './signed-urls.ts';

export const ARTIFACT_SERVICE = 'github.actions.results.api.v1.ArtifactService';

/** A job may have this many artifacts. */
const MAX_ARTIFACTS_PER_JOB = 500;
const DAY = 86_400_000;
const HOUR = 3_600_000;
/** A download address lives for a minute. */
const MINUTE = 60_000;

export type TwirpCode =
  | 'invalid_argument'
  | 'not_found'
  | 'already_exists'
  | 'permission_denied'
  | 'unauthenticated'
  | 'resource_exhausted'
  | 'bad_route'
  | 'failed_precondition';

/** An answer of the Twirp protocol other than success. */
export class TwirpError extends Error {
  override readonly name = 'TwirpError';
  readonly code: TwirpCode;

  constructor(code: TwirpCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The caller: a job in progress. */
export interface Caller {
  readonly ids: BackendIds;
  readonly run: Run;
  readonly job: Job;
}

const ids = { workflow_run_backend_id: z.string(), workflow_job_run_backend_id: z.string() };
const createRequest = z.object({
  ...ids,
  name: z.string(),
  version: z.number().optional(),
  expires_at: z.string().nullish(),
  mime_type: z.string().nullish(),
});
const finalizeRequest = z.object({
  ...ids,
  name: z.string(),
  size: z.union([z.string(), z.number()]).default('0'),
  hash: z.string().nullish(),
});
const listRequest = z.object({
  ...ids,
  name_filter: z.string().nullish(),
  id_filter: z.union([z.string(), z.number()]).nullish(),
});
const nameRequest = z.object({ ...ids, name: z.string() });

/** GitHub's artifact service, version 4: what a job can do with the artifacts of its own run. */
export class ArtifactService {
  readonly #github: LocalGitHub;
  readonly #tables: ActionsTables;
  readonly #blobs: Blobs;
  readonly #urls: SignedUrls;

  constructor(github: LocalGitHub, tables: ActionsTables, blobs: Blobs, urls: SignedUrls) {
    this.#github = github;
    this.#tables = tables;
    this.#blobs = blobs;
    this.#urls = urls;
  }

  /** @throws TwirpError */
  async call(method: string, caller: Caller, body: unknown): Promise<unknown> {
    switch (method) {
      case 'CreateArtifact':
        return this.#create(caller, read(createRequest, body));
      case 'FinalizeArtifact':
        return this.#finalize(caller, read(finalizeRequest, body));
      case 'ListArtifacts':
        return this.#list(caller, read(listRequest, body));
      case 'GetSignedArtifactURL':
        return { signed_url: this.downloadUrl(this.#newest(caller, read(nameRequest, body))) };
      case 'DeleteArtifact':
        return this.#delete(caller, read(nameRequest, body));
      default:
        throw new TwirpError('bad_route', `the local GitHub's artifact service has no method ${method}`);
    }
  }

  /** An address of the archive that lives for a minute. */
  downloadUrl(artifact: Artifact): string {
    const expires = new Date(this.#github.now().getTime() + MINUTE);
    return this.#urls.issue(`${BLOB_PATH}${artifact.blob}`, 'read', expires, `${artifact.name}.zip`);
  }

  /** Takes an artifact and its archive away. */
  async remove(artifact: Artifact): Promise<void> {
    this.#tables.artifacts.delete(artifact.id);
    await this.#blobs.delete(artifact.blob);
  }

  #create(caller: Caller, request: z.infer<typeof createRequest>) {
    requireOwn(caller, request);
    checkName(request.name);
    if ((request.mime_type ?? 'application/zip') !== 'application/zip') {
      throw new TwirpError('invalid_argument', `the local GitHub keeps archives only, got ${request.mime_type}`);
    }
    const known = this.#tables.artifacts.list({ runBackendId: caller.ids.run });
    const taken = known.find((artifact) => artifact.name === request.name);
    if (taken !== undefined && taken.digest !== null) {
      throw new TwirpError('already_exists', 'an artifact with this name already exists on the workflow run');
    }
    if (known.filter((artifact) => artifact.jobBackendId === caller.ids.job).length >= MAX_ARTIFACTS_PER_JOB) {
      throw new TwirpError('resource_exhausted', `a job may have ${MAX_ARTIFACTS_PER_JOB} artifacts`);
    }
    if (taken !== undefined) this.#tables.artifacts.delete(taken.id); // an upload that was given up
    const now = this.#github.now().getTime();
    const longest = now + RETENTION_DAYS * DAY;
    const asked = Date.parse(request.expires_at ?? '');
    const at = this.#github.timestamp();
    const artifact = this.#tables.artifacts.insert({
      repositoryId: caller.run.repositoryId,
      runId: caller.run.id,
      runBackendId: caller.ids.run,
      jobBackendId: caller.ids.job,
      name: request.name,
      blob: `${randomUUID()}.zip`,
      size: 0,
      digest: null,
      createdAt: at,
      updatedAt: at,
      expiresAt: Number.isFinite(asked) && asked > now ? Math.min(asked, longest) : longest,
    });
    const url = this.#urls.issue(`${BLOB_PATH}${artifact.blob}`, 'write', new Date(now + HOUR));
    return { ok: true, signed_upload_url: url };
  }

  async #finalize(caller: Caller, request: z.infer<typeof finalizeRequest>) {
    requireOwn(caller, request);
    const artifact = this.#tables.artifacts.find({
      runBackendId: caller.ids.run,
      jobBackendId: caller.ids.job,
      name: request.name,
    });
    if (artifact === undefined || artifact.digest !== null)
      throw new TwirpError('not_found', `no upload of artifact ${request.name} is under way`);
    const blob = await this.#blobs.seal(artifact.blob);
    if (blob === undefined) throw new TwirpError('failed_precondition', 'nothing was uploaded');
    const expected =
      request.hash === null || request.hash === undefined || request.hash === '' ? blob.digest : request.hash;
    if (String(blob.size) !== String(request.size) || blob.digest !== expected) {
      await this.remove(artifact);
      const told = `${request.size} bytes with ${expected}`;
      throw new TwirpError('invalid_argument', `expected ${told}, got ${blob.size} bytes with ${blob.digest}`);
    }
    this.#tables.artifacts.update(artifact.id, {
      size: blob.size,
      digest: blob.digest,
      updatedAt: this.#github.timestamp(),
    });
    return { ok: true, artifact_id: String(artifact.id) };
  }

  /** The finished artifacts of the run, of all its attempts, newest first. */
  #finished(run: Run): Artifact[] {
    const now = this.#github.now().getTime();
    return this.#tables.artifacts
      .list({ runId: run.id })
      .filter((artifact) => artifact.digest !== null && artifact.expiresAt > now)
      .reverse();
  }

  #list(caller: Caller, request: z.infer<typeof listRequest>) {
    requireRun(caller, request.workflow_run_backend_id);
    const { name_filter: name, id_filter: id } = request;
    const artifacts = this.#finished(caller.run).filter(
      (artifact) => (name ?? artifact.name) === artifact.name && String(id ?? artifact.id) === String(artifact.id),
    );
    return {
      artifacts: artifacts.map((artifact) => ({
        workflow_run_backend_id: artifact.runBackendId,
        workflow_job_run_backend_id: artifact.jobBackendId,
        database_id: String(artifact.id),
        name: artifact.name,
        size: String(artifact.size),
        created_at: artifact.createdAt,
        digest: artifact.digest,
      })),
    };
  }

  #newest(caller: Caller, request: z.infer<typeof nameRequest>): Artifact {
    requireRun(caller, request.workflow_run_backend_id);
    const named = this.#finished(caller.run).filter((artifact) => artifact.name === request.name);
    const found = named.find((artifact) => artifact.runBackendId === request.workflow_run_backend_id) ?? named[0];
    if (found === undefined) throw new TwirpError('not_found', `artifact ${request.name} was not found`);
    return found;
  }

  async #delete(caller: Caller, request: z.infer<typeof nameRequest>) {
    const artifact = this.#newest(caller, request);
    await this.remove(artifact);
    return { ok: true, artifact_id: String(artifact.id) };
  }
}

function read<S extends z.ZodType>(schema: S, body: unknown): z.infer<S> {
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw new TwirpError('invalid_argument', z.prettifyError(parsed.error));
  return parsed.data;
}

function requireOwn(
  caller: Caller,
  request: { workflow_run_backend_id: string; workflow_job_run_backend_id: string },
): void {
  if (request.workflow_run_backend_id !== caller.ids.run || request.workflow_job_run_backend_id !== caller.ids.job) {
    throw new TwirpError('permission_denied', 'the token is for another job');
  }
}

/** Any attempt of the caller's own run. */
function requireRun(caller: Caller, backendId: string): void {
  if (!caller.run.attempts.some((attempt) => attempt.backendId === backendId)) {
    throw new TwirpError('permission_denied', 'the token is for another workflow run');
  }
}

function checkName(name: string): void {
  if (name === '' || name.length > 256 || /["\r\n:<>|*?\\/]/.test(name)) {
    throw new TwirpError('invalid_argument', `${JSON.stringify(name)} is no valid artifact name`);
  }
}
