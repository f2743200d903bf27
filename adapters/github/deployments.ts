import { z } from 'zod';
import { cutText } from '../../core/reports/characters.ts';
import type { Deployments } from '../../flows/ports.ts';
import type { Api } from './api.ts';
import type { Effects } from './effects.ts';

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
const SUCCEEDED = 'success';

/**
 * @param self our login: what others deployed is theirs, whatever mark it carries
 * @param effects what we have made; null in a process that remembers nothing, which looks each time
 */
export function deployments(api: Api, self: string, effects: Effects | null): Deployments {
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
  const succeeded = async (id: number): Promise<boolean> => {
    const route = `${ALL}/{deployment_id}/statuses`;
    const statuses = await api.list(`GET ${route}`, { deployment_id: id }, z.array(Status), 3);
    // `inactive` follows `success` when a later deployment took over.
    return statuses.some(({ state }) => state === 'success' || state === 'inactive');
  };
  const succeed = async (id: number, description: string, url: string | undefined): Promise<void> => {
    const route = `${ALL}/{deployment_id}/statuses`;
    const link = url === undefined ? {} : { log_url: url };
    const body = { deployment_id: id, state: 'success', description: cutText(description, DESCRIPTION), ...link };
    await api.send(`POST ${route}`, body, Status);
  };
  return {
    list,
    async ensure({ mark, environment, ref, description, payload, url }) {
      const known = await effects?.find(`deployment ${mark}`);
      if (known?.kind === 'made' && known.state === SUCCEEDED) return { id: known.id };
      const there = (await list(environment)).filter((deployment) => deployment.payload['mark'] === mark).at(-1);
      if (there === undefined) await effects?.begin(`deployment ${mark}`);
      const id = there?.id ?? (await create());
      if (there === undefined || !(await succeeded(id))) await succeed(id, description, url);
      await effects?.made(`deployment ${mark}`, { id, state: SUCCEEDED });
      return { id };

      async function create(): Promise<number> {
        const body = {
          ref,
          environment,
          task: 'deploy',
          description: cutText(description, DESCRIPTION),
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
