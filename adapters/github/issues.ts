import { z } from 'zod';
import type { Issues } from '../../flows/ports.ts';
import type { Api } from './api.ts';

const Issue = z.object({
  number: z.int().positive(),
  title: z.string(),
  body: z.string().nullish(),
  state: z.enum(['open', 'closed']),
  user: z.object({ login: z.string() }).nullable(),
  pull_request: z.unknown().optional(),
});

const ALL = '/repos/{owner}/{repo}/issues';

/** @param self our login: a marker in anybody else's issue is a forgery */
export function issues(api: Api, self: string): Issues {
  /** The oldest; another one, made where that was not shown yet, is closed. */
  const find = async (marker: string) => {
    const parameters = { state: 'all', creator: self, sort: 'created', direction: 'asc' };
    const all = await api.list(`GET ${ALL}`, parameters, z.array(Issue));
    const ours = all.filter(
      (issue) =>
        issue.user?.login === self && issue.pull_request === undefined && (issue.body ?? '').startsWith(marker),
    );
    for (const { number } of ours.slice(1).filter(({ state }) => state === 'open'))
      await api.send(`PATCH ${ALL}/{issue_number}`, { issue_number: number, state: 'closed' }, Issue);
    return ours[0] ?? null;
  };
  return {
    async put({ marker, title, body, open }) {
      const text = body.startsWith(marker) ? body : `${marker}\n${body}`;
      const state = open ? 'open' : 'closed';
      const issue = await find(marker);
      if (issue === null) {
        if (open) await api.send(`POST ${ALL}`, { title, body: text }, Issue);
        return;
      }
      if (issue.title === title && issue.body === text && issue.state === state) return;
      await api.send(`PATCH ${ALL}/{issue_number}`, { issue_number: issue.number, title, body: text, state }, Issue);
    },
  };
}
