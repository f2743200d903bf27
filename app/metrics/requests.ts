import { z } from 'zod';
import type { Requester } from '../../adapters/github/api.ts';
import { portError } from '../../adapters/github/errors.ts';
import { budgetOf } from './budget.ts';
import type { Metrics } from './metrics.ts';

type Headers = Readonly<Record<string, string | number | undefined>>;
/** An error of Octokit; one without a response never reached GitHub. */
const Failed = z.object({
  status: z.int(),
  response: z.object({ headers: z.record(z.string(), z.union([z.string(), z.number()]).optional()) }).optional(),
});

/** Counts requests and what is left of the limit. @param installation null for the App itself, whose limit is its own */
export function counted(
  inner: Requester,
  installation: number | null,
  metrics: Pick<Metrics, 'request' | 'budget'>,
): Requester {
  const note = (route: string, status: number | null, headers: Headers, limited: boolean): void => {
    metrics.request({ route, installation, status, limited });
    const budget = installation === null ? null : budgetOf(headers);
    if (installation !== null && budget !== null) metrics.budget(installation, budget);
  };
  return {
    async request(route, parameters) {
      try {
        const answer = await inner.request(route, parameters);
        note(route, answer.status, answer.headers, false);
        return answer;
      } catch (error) {
        const { status, response } = Failed.safeParse(error).data ?? { status: null, response: undefined };
        // As flows and the governor understand it: a limit may be told by its words alone.
        const limited = portError(error, route).code === 'rate_limited';
        note(route, response === undefined ? null : status, response?.headers ?? {}, limited);
        throw error;
      }
    },
  };
}
