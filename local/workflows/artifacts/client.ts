import { z } from 'zod';
import type { StandInStep } from '../stand-in.ts';

const SERVICE = 'github.actions.results.api.v1.ArtifactService';

interface BackendIds {
  readonly workflow_run_backend_id: string;
  readonly workflow_job_run_backend_id: string;
}

const scopeSchema = z.object({ scp: z.string() });

/** The ids that the runtime token carries in its scope `Actions.Results:<run>:<job>`. */
function backendIds(runtimeToken: string): BackendIds {
  const claims = scopeSchema.parse(JSON.parse(Buffer.from(runtimeToken.split('.')[1] ?? '', 'base64url').toString()));
  const [, run = '', job = ''] =
    claims.scp
      .split(' ')
      .find((scope) => scope.startsWith('Actions.Results:'))
      ?.split(':') ?? [];
  return { workflow_run_backend_id: run, workflow_job_run_backend_id: job };
}

/**
 * Calls the artifact service as the stock client does (Twirp with JSON).
 * @throws Error with the service's message.
 */
export async function callArtifactService<S extends z.ZodType>(
  step: StandInStep,
  method: string,
  request: Record<string, unknown>,
  schema: S,
): Promise<z.infer<S>> {
  const response = await fetch(new URL(`/twirp/${SERVICE}/${method}`, step.urls.results), {
    method: 'POST',
    headers: { authorization: `Bearer ${step.credentials.runtimeToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...backendIds(step.credentials.runtimeToken), ...request }),
  });
  const body: unknown = await response.json();
  if (!response.ok) throw new Error(`Failed to ${method}: (${response.status}) ${twirpMessage(body)}`);
  return schema.parse(body);
}

function twirpMessage(body: unknown): string {
  const parsed = z.object({ msg: z.string() }).safeParse(body);
  return parsed.success ? parsed.data.msg : 'no message';
}

export const artifactSchema = z.object({
  workflow_run_backend_id: z.string(),
  workflow_job_run_backend_id: z.string(),
  database_id: z.string(),
  name: z.string(),
  size: z.string(),
  digest: z.string().nullish(),
});
export type ListedArtifact = z.infer<typeof artifactSchema>;
