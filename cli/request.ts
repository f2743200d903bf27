import { z } from 'zod';
import { shownText } from '../core/reports/markdown.ts';
import { ulid } from '../core/ulid.ts';
import type { CliEnvironment } from './command.ts';
import { poll } from './poll.ts';
import type { RemoteRepository } from './repository.ts';

const POLL_MS = 500;
const CheckRuns = z.object({
  check_runs: z.array(
    z.object({
      external_id: z.string().nullable(),
      status: z.string(),
      conclusion: z.string().nullable(),
      output: z.object({ title: z.string().nullable(), summary: z.string().nullable(), text: z.string().nullish() }),
    }),
  ),
});

export interface RequestAnswer {
  readonly ok: boolean;
  readonly title: string;
  /** Words, without the Markdown that the check shows them in. */
  readonly summary: string;
  /** What a reconciliation found and mended, in words. */
  readonly changes?: readonly string[];
}

/** Sends `repository_dispatch`: who may ask is decided by policy, from the sender that GitHub reports. Returns its id. */
export async function sendRequest(
  environment: CliEnvironment,
  repository: RemoteRepository,
  type: 'train' | 'promote' | 'reconcile',
  payload: Readonly<Record<string, unknown>>,
): Promise<string> {
  const id = ulid(environment.now().getTime(), environment.randomBytes(10));
  await repository.api.raw('POST /repos/{owner}/{repo}/dispatches', {
    event_type: `trainyard-${type}`,
    client_payload: { ...payload, id },
  });
  return id;
}

/** Waits for the check on the default branch's head that answers a request. @throws CliError `timed_out` */
export async function awaitAnswer(
  environment: CliEnvironment,
  repository: RemoteRepository,
  type: string,
  id: string,
  seconds: number,
): Promise<RequestAnswer> {
  const { defaultBranch } = await repository.ports.source.repository();
  const late = `no answer to request ${id} within ${seconds} s: is the App running and installed?`;
  return poll(environment, { seconds, every: POLL_MS, late }, async () => {
    const asked = {
      ref: defaultBranch,
      check_name: `trainyard / request: ${type}`,
      filter: 'all',
      per_page: 100,
    };
    const route = 'GET /repos/{owner}/{repo}/commits/{ref}/check-runs';
    const { check_runs: checks } = await repository.api.get(route, asked, CheckRuns);
    const found = checks.find((check) => check.external_id === id && check.status === 'completed');
    if (found === undefined) return null;
    const { title, summary, text } = found.output;
    const changes = (text ?? '')
      .split('\n')
      .flatMap((line) => (line.startsWith('- ') ? [shownText(line.slice(2))] : []));
    return {
      ok: found.conclusion === 'success',
      title: title ?? '',
      summary: shownText(summary ?? ''),
      ...(type === 'reconcile' ? { changes } : {}),
    };
  });
}
