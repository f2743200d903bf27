import { z } from 'zod';
import { quoteNonFinite } from '../../../core/evaluation/metrics.ts';
import type { TrackedArtifact } from '../../../core/training/tracked-artifacts.ts';
import { logBatches, RUN_TAG, type TrackedRun } from '../../../core/training/tracking.ts';
import { PortError, type Tracker } from '../../../flows/ports.ts';
import { tellBatches } from './tell.ts';

export interface MlflowOptions {
  /** Of the server, or of a proxy before it, e.g. `https://mlflow.example.com`; a path before `/api` is kept. */
  readonly uri: string;
  /** For `authorization`; null for a server that asks for none. */
  readonly authorization: string | null;
  readonly request: typeof fetch;
}

/** Milliseconds for one answer. */
const TIMEOUT = 30_000;
/** In bytes. */
const MAX_ANSWER = 4 << 20;

const Experiment = z.object({ experiment: z.object({ experiment_id: z.string(), lifecycle_stage: z.string() }) });
const Created = z.object({ experiment_id: z.string() });
const Run = z.object({
  info: z.object({
    run_id: z.string().regex(/^[\w-]{1,64}$/),
    status: z.string(),
    artifact_uri: z.string().max(2000).default(''),
  }),
});
const Found = z.object({ runs: z.array(Run).default([]) });
const Failure = z.object({ error_code: z.string().catch(''), message: z.string().catch('') });

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * Tells an MLflow tracking server of runs (REST API 2.0, "Create Run", "Search Runs", "Log Batch", "Update Run"). Metrics
 * that are sent twice are kept once, since each carries the same time; parameters never change.
 */
export function mlflowTracker(options: MlflowOptions): Tracker {
  const ask = asker(options);
  return {
    async track(experiment, run, artifacts) {
      const experimentId = await experimentOf(ask, experiment);
      const { info } = (await findRun(ask, experimentId, run)) ?? (await createRun(ask, experimentId, run));
      const leftOut = await tellBatches(logBatches(run), async (batch) => {
        const answer = await exchange(options, 'POST', 'runs/log-batch', { run_id: info.run_id, ...batch });
        if (answer.status === 200) return { refused: null };
        if (isOfContent(answer)) return { refused: said(answer) };
        throw refusal('runs/log-batch', answer);
      });
      const put = await putArtifacts(options, info.artifact_uri, artifacts);
      const ended = { run_id: info.run_id, status: run.status, end_time: run.end };
      await ask('POST', 'runs/update', ended);
      return {
        url: `${base(options.uri)}/#/experiments/${encodeURIComponent(experimentId)}/runs/${info.run_id}`,
        withoutArtifacts: put.without,
        leftOut: [...leftOut, ...put.leftOut],
      };
    },
  };
}

/** A path of the server's own artifact store (`mlflow server --artifacts-destination`), which takes them over HTTP. */
const PROXIED = /^mlflow-artifacts:(?:\/\/[^/]*)?\/((?:[\w-][\w.-]*\/)*[\w-][\w.-]*)$/;

/**
 * Puts files beside a run ("MlflowArtifactsService"), over those that were put there before.
 *
 * @returns why none was, in words: where the server leaves storing to its clients, they would need the store's key; and
 * which it did not take
 */
async function putArtifacts(
  { uri, authorization, request }: MlflowOptions,
  artifactUri: string,
  artifacts: readonly TrackedArtifact[],
): Promise<{ readonly without: string | null; readonly leftOut: readonly string[] }> {
  const leftOut: string[] = [];
  const [, root] = PROXIED.exec(artifactUri) ?? [];
  if (root === undefined) {
    const without =
      'the server does not store them itself; start it with --serve-artifacts and --artifacts-destination';
    return { without, leftOut };
  }
  for (const { path, contentType, bytes } of artifacts) {
    const url = new URL(`${base(uri)}/api/2.0/mlflow-artifacts/artifacts/${root}/${path}`);
    const answer = await send(url, request, {
      method: 'PUT',
      headers: { 'content-type': contentType, ...(authorization === null ? {} : { authorization }) },
      body: new Uint8Array(bytes),
      redirect: 'error',
    });
    if (answer.status === 200) continue;
    const refused = refusal(`artifacts/${path}`, answer);
    if (refused.code === 'unavailable' || refused.code === 'rate_limited') throw refused;
    // Whoever may log runs need not be allowed to store files.
    if (refused.code === 'forbidden') return { without: refused.message, leftOut };
    leftOut.push(`file ${JSON.stringify(path)}: ${said(answer)}`);
  }
  return { without: null, leftOut };
}

type Ask = (method: 'GET' | 'POST', path: string, given: Readonly<Record<string, unknown>>) => Promise<unknown>;

async function experimentOf(ask: Ask, name: string): Promise<string> {
  const byName = async (): Promise<string | null> => {
    const found = await optional(ask('GET', 'experiments/get-by-name', { experiment_name: name }));
    if (found === null) return null;
    const { experiment } = read(Experiment, found);
    if (experiment.lifecycle_stage === 'active') return experiment.experiment_id;
    throw new PortError(
      'malformed',
      `MLflow: the experiment ${JSON.stringify(name)} was deleted; restore it there, or name another one in policy.tracking`,
    );
  };
  const known = await byName();
  if (known !== null) return known;
  try {
    return read(Created, await ask('POST', 'experiments/create', { name })).experiment_id;
  } catch (error) {
    // Somebody else was faster.
    const made = error instanceof PortError && error.code === 'exists_otherwise' ? await byName() : null;
    if (made === null) throw error;
    return made;
  }
}

async function findRun(ask: Ask, experiment: string, { run }: TrackedRun): Promise<z.infer<typeof Run> | null> {
  const found = await ask('POST', 'runs/search', {
    experiment_ids: [experiment],
    filter: `tags."${RUN_TAG}" = '${run}'`,
    order_by: ['attributes.start_time ASC'],
    max_results: 1,
  });
  return read(Found, found).runs[0] ?? null;
}

async function createRun(ask: Ask, experiment: string, { run, name, start }: TrackedRun): Promise<z.infer<typeof Run>> {
  const tags = [{ key: RUN_TAG, value: run }];
  const made = await ask('POST', 'runs/create', {
    ...{ experiment_id: experiment, run_name: name, start_time: start, tags },
  });
  return read(z.object({ run: Run }), made).run;
}

async function optional(asked: Promise<unknown>): Promise<unknown> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof PortError && error.code === 'not_found') return null;
    throw error;
  }
}

function asker(options: MlflowOptions): Ask {
  return async (method, path, given) => {
    const answer = await exchange(options, method, path, given);
    if (answer.status === 200) return answer.body;
    throw refusal(path, answer);
  };
}

function exchange(
  { uri, authorization, request }: MlflowOptions,
  ...[method, path, given]: Parameters<Ask>
): Promise<Answer> {
  const url = new URL(`${base(uri)}/api/2.0/mlflow/${path}`);
  if (method === 'GET') for (const [key, value] of Object.entries(given)) url.searchParams.set(key, String(value));
  return send(url, request, {
    method,
    headers: {
      accept: 'application/json',
      ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
      ...(authorization === null ? {} : { authorization }),
    },
    ...(method === 'POST' ? { body: JSON.stringify(given, quoteNonFinite) } : {}),
    // Whoever answers with a redirect would be given the credential.
    redirect: 'error',
  });
}

async function send(url: URL, request: typeof fetch, init: RequestInit): Promise<Answer> {
  try {
    const response = await request(url, { ...init, signal: AbortSignal.timeout(TIMEOUT) });
    return { status: response.status, body: jsonOf(await textOf(response)) };
  } catch (cause) {
    if (cause instanceof PortError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new PortError('unavailable', `MLflow at ${url.origin} could not be reached: ${why.slice(0, 300)}`, { cause });
  }
}

async function textOf(response: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    bytes += piece.length;
    if (bytes > MAX_ANSWER) throw new PortError('malformed', `MLflow answered with more than ${MAX_ANSWER} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** MLflow's own words for what it was given, which it will never take; a proxy's 400 has none. */
const OF_CONTENT = new Set(['INVALID_PARAMETER_VALUE', 'BAD_REQUEST', 'MALFORMED_REQUEST']);

function isOfContent(answer: Answer): boolean {
  return (answer.status === 400 && OF_CONTENT.has(failureOf(answer).error_code)) || answer.status === 413;
}

function failureOf({ body }: Answer): z.infer<typeof Failure> {
  const told = Failure.safeParse(body);
  return told.success ? told.data : { error_code: '', message: '' };
}

/** The answer in words that may be the server's. */
function said(answer: Answer): string {
  const { error_code: code, message } = failureOf(answer);
  return `MLflow answered ${answer.status} ${code} ${message.slice(0, 300)}`.trimEnd();
}

function refusal(path: string, answer: Answer): PortError {
  const { status } = answer;
  const { error_code: code, message } = failureOf(answer);
  const what = `MLflow answered ${status} to ${path}: ${code} ${message.slice(0, 300)}`.trimEnd();
  if (code === 'RESOURCE_DOES_NOT_EXIST') return new PortError('not_found', what);
  if (code === 'RESOURCE_ALREADY_EXISTS') return new PortError('exists_otherwise', what);
  if (status === 401 || status === 403)
    return new PortError('forbidden', `${what}; set MLFLOW_TRACKING_TOKEN, or user name and password, for the App`);
  if (status === 429) return new PortError('rate_limited', what);
  return new PortError(status >= 500 ? 'unavailable' : 'malformed', what);
}

function read<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new PortError(
    'malformed',
    'MLflow answered otherwise than its REST API 2.0 says; is the address the server’s?',
  );
}

const base = (uri: string): string => uri.replace(/\/+$/, '');
