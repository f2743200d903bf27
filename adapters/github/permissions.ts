import { z } from 'zod';
import { RoleName } from '../../core/config/policy.ts';
import type { Permissions } from '../../flows/ports.ts';
import type { Api } from './api.ts';

const Permission = z.object({
  permission: z.enum(['admin', 'write', 'read', 'none']),
  role_name: z.string().optional(),
});
const Membership = z.object({ state: z.enum(['active', 'pending']) });

/** Who may do what, asked anew each time: a right that was withdrawn must not outlive its withdrawal in a cache. */
export function permissions(api: Api): Permissions {
  return {
    async role(login) {
      const route = 'GET /repos/{owner}/{repo}/collaborators/{username}/permission';
      const answer = await api.find(route, { username: login }, Permission);
      if (answer === null) return 'none';
      // A custom role of the organisation counts as the base role that GitHub reports with it.
      const role = RoleName.safeParse(answer.role_name);
      return role.success ? role.data : answer.permission;
    },
    async inTeam(team, login) {
      const [first = '', second] = team.replace(/^@/, '').split('/');
      const [org, slug] = second === undefined ? [api.repository.owner, first] : [first, second];
      const route = 'GET /orgs/{org}/teams/{team_slug}/memberships/{username}';
      const membership = await api.find(route, { org, team_slug: slug, username: login }, Membership);
      return membership?.state === 'active';
    },
  };
}
