import type { LoadedAction } from './action-source.ts';
import type { ValueMap } from './values.ts';

/** The members of the `github` context that differ inside an action. */
export function actionContext(action: LoadedAction): ValueMap {
  const origin = action.local ? {} : { action_repository: action.commit.repository, action_ref: action.commit.ref };
  return { action_path: action.directory, ...origin };
}
