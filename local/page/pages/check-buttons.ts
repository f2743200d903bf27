import { can } from '../../auth/access.ts';
import type { CheckRun } from '../../checks/check-run.ts';
import { rerequest as again, type Cause, requestAction as request } from '../../checks/checks.ts';
import { ClientError } from '../client.ts';
import type { CheckAction } from '../views/checks.ts';
import { actorOf, type Place, type Visit } from '../visit.ts';

/** The buttons that a check's App offers. The REST API does not tell them, only github.com's own page shows them. */
export function actionsOf(visit: Visit, id: number): readonly CheckAction[] {
  return visit.github.tables.checkRuns.get(id)?.actions ?? [];
}

/** The check and the person who presses. @throws ClientError 404 for another repository's check, 403 without write access */
function pressed(visit: Visit, at: Place, id: number): { run: CheckRun; cause: Cause } {
  const run = visit.github.tables.checkRuns.get(id);
  if (run?.repositoryId !== at.repository.id) throw new ClientError(404, 'Not Found');
  const account = visit.session?.account;
  if (account === undefined || !can(visit.github.tables, actorOf(visit), at.repository, 'checks', 'write')) {
    throw new ClientError(403, 'Only people who may write to the repository can press the buttons of a check.');
  }
  return { run, cause: { account, byJob: false } };
}

export function requestAction(visit: Visit, at: Place, id: number): void {
  const { run, cause } = pressed(visit, at, id);
  request(visit.github, at.repository, run, visit.form.get('identifier') ?? '', cause);
}

export function rerequest(visit: Visit, at: Place, id: number): void {
  const { run, cause } = pressed(visit, at, id);
  again(visit.github, at.repository, run, cause);
}
