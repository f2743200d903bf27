import { ClientError } from '../client.ts';
import type { CheckAction } from '../views/checks.ts';
import type { Place, Visit } from '../visit.ts';

/** The buttons that a check's App offers. The REST API does not tell them, only github.com's own page shows them. */
export function actionsOf(_visit: Visit, _id: number): readonly CheckAction[] {
  return [];
}

export function requestAction(_visit: Visit, _at: Place, _id: number): void {
  throw new ClientError(501, 'The local GitHub does not implement the buttons of checks.');
}

export function rerequest(_visit: Visit, _at: Place, _id: number): void {
  throw new ClientError(501, 'The local GitHub does not implement running checks again.');
}
