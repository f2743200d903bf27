import { z } from 'zod';
import type { Deployments } from '../../flows/ports.ts';
import type { Api } from './api.ts';

const Deployment = z.object({
  id: z.int().positive(),
  creator: z.object({ login: z.string() }).nullable(),
  payload: z.unknown(),
});
type Deployment = z.infer<typeof Deployment>;
const Status = z.object({ state: z.string() });
const Payload = z.record(z.string(), z.string());

const ALL = '/repos/{owner}/{repo}/deployments';
const DESCRIPTION = 140;
const PAGES = 20;

/** @param self our login: what others deployed is theirs, whatever mark it carries */
export function deployments(api: Api, self: string): Deployments {
  const list = async (environment: string) => {
    const parameters = { environment, task: 'deploy' };
    const found = await api.list(`GET ${ALL}`, parameters, z.array(Deployment), PAGES);
    return found
      .filter((deployment) => deployment.creator?.login === self)
      .flatMap((deployment) => {
        const payload = payloadOf(deployment);
        return payload?.['mark'] === undefined ? [] : [{ id: deployment.id, payload }];
      })
      .sort((a, b) => b.id - a.id);
  };
  const succeed = async (id: number, description: string, url: string | undefined): Promise<void> => {
    const route = `${ALL}/{deployment_id}/statuses`;
    const statuses = await api.list(`GET ${route}`, { deployment_id: id }, z.array(Status), 3);
    // `inactive` follows `success` when a later deployment took over.
    if (statuses.some(({ state }) => state === 'success' || state === 'inactive')) return;
    const link = url === undefined ? {} : { log_url: url };
    const body = { deployment_id: id, state: 'success', description: description.slice(0, DESCRIPTION), ...link };
    await api.send(`POST ${route}`, body, Status);
  };
  return {
    list,
    async ensure({ mark, environment, ref, description, payload, url }) {
      const there = (await list(environment)).filter((deployment) => deployment.payload['mark'] === mark).at(-1);
      const id = there?.id ?? (await create());
      await succeed(id, description, url);
      return { id };

      async function create(): Promise<number> {
        const body = {
          ref,
          environment,
          task: 'deploy',
          description: description.slice(0, DESCRIPTION),
          payload: { ...payload, mark },
          // The defaults would merge the default branch in and wait for checks.
          auto_merge: false,
          required_contexts: [],
        };
        return (await api.send(`POST ${ALL}`, body, z.object({ id: z.int().positive() }))).id;
      }
    },
  };
}

/** GitHub gives the payload back as an object, or as text when it was sent as text. */
function payloadOf({ payload }: Deployment): Readonly<Record<string, string>> | null {
  const direct = Payload.safeParse(payload);
  if (direct.success) return direct.data;
  if (typeof payload !== 'string') return null;
  try {
    const parsed = Payload.safeParse(JSON.parse(payload));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
