import {
  type Authorisation,
  type AuthorisedCommand,
  authorise,
  teamsAsked,
  WHOLE_REPOSITORY,
} from '../core/policy/authorise.ts';
import type { Ports } from './ports.ts';
import { requireConfig, takePolicySnapshot } from './snapshot.ts';

/** Who asks without a comment: a button of a check, or a terminal. */
export interface Person {
  readonly sender: string;
  readonly senderType?: 'User' | 'Bot' | 'Other';
  readonly senderId?: number | null;
}

/**
 * Whether a person may do what is about no pull request and so is no command of a comment. Role and teams are read
 * afresh; what cannot be read allows nothing.
 */
export async function authorised(
  ports: Pick<Ports, 'permissions' | 'source'>,
  command: AuthorisedCommand,
  person: Person,
): Promise<Authorisation> {
  const { policy } = requireConfig(await takePolicySnapshot(ports), 'the default branch');
  const { sender: login, senderType: type = 'User', senderId } = person;
  const role = await ports.permissions.role(login);
  const teams: string[] = [];
  for (const team of teamsAsked(command, policy)) if (await ports.permissions.inTeam(team, login)) teams.push(team);
  const actor = { login, type, role, teams, ...(senderId == null ? {} : { id: senderId }) };
  return authorise({ command, actor, policy, scope: WHOLE_REPOSITORY });
}
