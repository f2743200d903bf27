import type { ModelName } from '../names.ts';
import {
  describeSituation,
  type PullReadiness,
  type ReadyState,
  type Situation,
  situationsOf,
  stateOf,
} from './situations.ts';

export interface ReadyVerdict {
  /** `in_progress` is a check's status, the others are conclusions. */
  readonly state: ReadyState;
  /** One line: the most severe thing. Unescaped, as are the lines. */
  readonly title: string;
  /** One for each situation, the most severe first. */
  readonly lines: readonly string[];
  /** What a merge at this moment makes a version; empty unless the state is `success`. */
  readonly promotes: readonly { readonly model: ModelName; readonly run: string }[];
}

const SEVERITY: Readonly<Record<ReadyState, number>> = { success: 0, in_progress: 1, action_required: 2, failure: 3 };

/**
 * The verdict of `trainyard / ready` for a head, over all open pull requests that have it, since the check stands at
 * the commit. The most severe situation decides. No pull request at all is a failure: nothing was looked at.
 */
export function readyVerdict(pulls: readonly PullReadiness[]): ReadyVerdict {
  const judged = pulls
    .flatMap(situationsOf)
    .map((situation) => ({ situation, state: stateOf(situation), text: describeSituation(situation) }))
    .sort((a, b) => SEVERITY[b.state] - SEVERITY[a.state]);
  const [worst] = judged;
  if (worst === undefined) {
    return { state: 'failure', title: 'no open pull request has this head', lines: [], promotes: [] };
  }
  const promotes = worst.state === 'success' ? judged.flatMap(({ situation }) => promotionOf(situation)) : [];
  return { state: worst.state, title: worst.text, lines: judged.map(({ text }) => text), promotes: unique(promotes) };
}

function promotionOf(situation: Situation): ReadyVerdict['promotes'] {
  if (situation.kind !== 'model' || situation.selection.kind !== 'candidate') return [];
  return [{ model: situation.model, run: situation.selection.run.record.run }];
}

function unique(promotions: ReadyVerdict['promotes']): ReadyVerdict['promotes'] {
  return promotions.filter(
    ({ model, run }, index) => promotions.findIndex((other) => other.model === model && other.run === run) === index,
  );
}
