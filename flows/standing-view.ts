import { activeHold, activeLocks, type Override, overridesOf } from '../core/ledger/controls.ts';
import type { RunRecord } from '../core/ledger/run.ts';
import type { Instant } from '../core/names.ts';
import { describeOverride, isBound, overridesFor } from '../core/promotion/override.ts';
import { describeHold, describeLock } from '../core/promotion/stage-block.ts';
import type { CommentView } from '../core/reports/view.ts';
import type { Scene } from './readiness.ts';

/** What people hold back now, and every gate that was ever overridden in this pull request. Unescaped. */
export function standingView(
  { ledger, pull }: Pick<Scene, 'ledger' | 'pull'>,
  now: Instant,
): NonNullable<CommentView['standing']> {
  if (ledger === null) return [];
  const { state } = ledger;
  const hold = activeHold(state, pull.number, now);
  const locks = activeLocks(state, now).map(
    (lock) => `${lock.target.kind} \`${lock.target.name}\` is ${describeLock(lock)}`,
  );
  const overrides = state.overrides.filter(({ pullRequest }) => pullRequest === pull.number);
  return [
    ...(hold === null ? [] : [`this pull request is ${describeHold(hold)}`]),
    // Locks are the repository's: once it is closed, they are no news of this pull request.
    ...(pull.state === 'open' ? locks : []),
    ...overrides.map((override) => `${describeOverride(override)} (${whereOf(override, pull.head.sha)})`),
  ];
}

function whereOf({ run, sha }: Override, head: string): string {
  const moved = sha === head ? '' : '; void, since the head has moved';
  return `run \`${run}\` at \`${sha.slice(0, 12)}\`${moved}`;
}

/** The overrides by which a run that its gates hold counts as a candidate at the pull request's head; empty without. */
export function overridesShown(
  { ledger, pull }: Pick<Scene, 'ledger' | 'pull'>,
  record: RunRecord,
): readonly Override[] {
  if (ledger === null) return [];
  // Whether policy has changed since is for `ready` to say, beside this.
  const binding = { pullRequest: pull.number, head: pull.head.sha, policyDigest: record.policy.digest };
  const found = overridesOf(ledger.state, record.run).filter((override) => isBound(override, binding));
  return overridesFor(record, found, binding) ?? [];
}
