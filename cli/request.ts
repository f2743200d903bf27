import { z } from 'zod';
import { ulid } from '../core/ulid.ts';
import { type CliEnvironment, CliError } from './command.ts';
import type { RemoteRepository } from './repository.ts';

const POLL_MS = 500;
const CheckRuns = z.object({
  check_runs: z.array(
    z.object({
      external_id: z.string().nullable(),
      status: z.string(),
      conclusion: z.string().nullable(),
      output: z.object({ title: z.string().nullable(), summary: z.string().nullable() }),
    }),
  ),
});

export interface RequestAnswer {
  readonly ok: boolean;
  readonly title: string;
  readonly summary: string;
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
  const end = environment.now().getTime() + seconds * 1000;
  const { defaultBranch } = await repository.ports.source.repository();
  for (;;) {
    const asked = {
      ref: defaultBranch,
      check_name: `trainyard / request: ${type}`,
      filter: 'all',
      per_page: 100,
    };
    const route = 'GET /repos/{owner}/{repo}/commits/{ref}/check-runs';
    const { check_runs: checks } = await repository.api.get(route, asked, CheckRuns);
    const found = checks.find((check) => check.external_id === id && check.status === 'completed');
    if (found !== undefined)
      return {
        ok: found.conclusion === 'success',
        title: found.output.title ?? '',
        summary: found.output.summary ?? '',
      };
    if (environment.now().getTime() > end)
      throw new CliError(
        'timed_out',
        `no answer to request ${id} within ${seconds} s: is the App running and installed?`,
      );
    await environment.sleep(POLL_MS);
  }
}
