import type { Pool } from 'pg';
import { Instant, RepositoryName, RunId } from '../../core/names.ts';
import { keepLiveNote } from '../../flows/live-note.ts';
import { inFlight } from '../database/in-flight.ts';
import { ingestingOf } from '../database/runs.ts';
import { appendStepMetrics } from '../database/step-metrics.ts';
import type { Handler } from '../http/server.ts';
import { newest, parsePosted } from './points.ts';
import { tokenBuckets } from './rate.ts';
import type { IngestTokens } from './token.ts';

const MAX_BODY = 64 * 1024;
/**
 * Points that one attempt posts after which the newest of each metric in a request is all that is taken: a training of
 * weeks has its end shown, and a flood is no burden to the database.
 */
const WHOLE = 20_000;

export interface IngestOptions {
  readonly pool: Pool;
  readonly tokens: IngestTokens;
  /** New points came in for a run. */
  readonly onProgress: (repository: RepositoryName, run: RunId) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** `POST /ingest/<owner>/<repo>/<run>`: display-only, append-only, for one run and a limited time (DESIGN section 6). */
export function ingestEndpoint({ pool, tokens, onProgress, now }: IngestOptions): Handler {
  const allowed = tokenBuckets(5, 20);
  return async (request) => {
    const [, owner, name, id] = /^\/ingest\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(request.path) ?? [];
    const repository = RepositoryName.safeParse(`${owner}/${name}`);
    const run = RunId.safeParse(id);
    if (!repository.success || !run.success) return { status: 404, body: 'expected /ingest/<owner>/<repo>/<run>' };
    const token = /^Bearer (\S+)$/.exec(request.header('authorization') ?? '')?.[1] ?? '';
    if (!tokens.accepts(token, repository.data, run.data, now() / 1000)) {
      return { status: 401, body: 'expected the bearer token of this run, unexpired' };
    }
    if (!allowed(`${repository.data}/${run.data}`, now())) {
      return { status: 429, body: 'expected at most 5 requests a second', headers: { 'retry-after': '1' } };
    }
    const body = await request.body(MAX_BODY);
    if (body === null) return { status: 413, body: `expected at most ${MAX_BODY} bytes` };
    const parsed = parsePosted(body.toString('utf8'));
    if ('problem' in parsed) return { status: 422, body: parsed.problem };
    const ingesting = await ingestingOf(pool, repository.data, run.data);
    if (ingesting === null) return { status: 404, body: 'no such run' };
    if (!ingesting.training) return { status: 410, body: 'the training of this run has ended' };
    const points = ingesting.posted < WHOLE ? parsed.points : newest(parsed.points);
    const added = await appendStepMetrics(pool, repository.data, run.data, points);
    const { note } = parsed;
    const at = Instant.parse(new Date(now()).toISOString());
    if (note !== null) await keepLiveNote({ inFlight: inFlight(pool, repository.data) }, run.data, note, at);
    if (added > 0 || note?.stalled !== undefined) onProgress(repository.data, run.data);
    return { status: 202, body: `${added} added` };
  };
}
