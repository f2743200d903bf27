import type { GitId, ModelName, StageName } from '../names.ts';
import { sameLogin } from '../policy/identity.ts';
import { baseOf, type Context, fact, refuse } from './context.ts';
import type { HoldFact, LedgerFact, LockFact } from './facts.ts';
import type { Deciding } from './steps.ts';

/** Whether what is signed here counts: checked before anything else is read of a ledger that would not have it. */
export function* signerNamed(context: Context): Deciding<void> {
  const base = yield* baseOf(context);
  if (base.kind !== 'config' || base.signerNamed) return;
  yield* refuse(context, {
    reason: 'signing_key_unknown',
    message:
      'policy.signing.keys of the default branch does not name the key that signs here, so that no record of this command could be trusted. Add its public half there first.',
    expected: 'policy.signing.keys with the key that signs here',
    found: `${base.config.policy.signing?.keys.length ?? 0} other keys`,
    example: null,
  });
}

/** The ledger, if all of it is signed and none of it is gone. */
export function* trustedLedger(context: Context): Deciding<LedgerFact> {
  const ledger = yield* fact(context, 'ledger');
  if (ledger.trusted) return ledger;
  return yield* refuse(context, {
    reason: 'ledger_untrusted',
    message: `the ledger cannot be trusted: ${ledger.problem ?? 'a record is unsigned, missing or rewound'}. A maintainer looks into it and runs trainyard reconcile.`,
    expected: 'a ledger of signed records, each following the one before',
    found: ledger.problem ?? 'a record that is unsigned, missing or rewound',
    example: null,
  });
}

/** The hold of the pull request, if it has not run out. */
export function holdOf(context: Context, ledger: LedgerFact): HoldFact | null {
  return ledger.hold !== null && lasts(context, ledger.hold) ? ledger.hold : null;
}

export function locksOf(context: Context, ledger: LedgerFact): LockFact[] {
  return ledger.locks.filter((lock) => lasts(context, lock));
}

function lasts({ facts }: Context, { expiresAt }: { readonly expiresAt: string | null }): boolean {
  // An unreadable time is compared false, and the lock stays.
  return !(expiresAt !== null && Date.parse(expiresAt) <= Date.parse(facts.now));
}

/** A hold keeps everybody from promoting, its owner too: who has changed their mind says so with /unhold. */
export function* notHeld(context: Context, ledger: LedgerFact): Deciding<void> {
  const hold = holdOf(context, ledger);
  if (hold === null) return;
  yield* refuse(context, {
    reason: 'held',
    message: `the pull request is on hold by ${hold.owner}${because(hold.reason)}. End it with /unhold first.`,
    expected: 'no hold',
    found: `on hold by ${hold.owner}`,
    example: '/unhold',
  });
}

/**
 * A lock keeps out everybody but its owner: of a model, whatever could make a candidate of it (train, retry, evaluate,
 * override); of a stage, whatever moves it (promote, rollback).
 */
export function* notLocked(
  context: Context,
  ledger: LedgerFact,
  things: { readonly models?: readonly ModelName[]; readonly stages?: readonly StageName[] },
): Deciding<void> {
  const names = { model: things.models ?? [], stage: things.stages ?? [] };
  const lock = locksOf(context, ledger).find(
    ({ kind, name, owner }) =>
      names[kind].some((one) => one === name) && !sameLogin(owner, context.facts.comment.author),
  );
  if (lock === undefined) return;
  yield* refuse(context, {
    reason: 'locked',
    message: `the ${lock.kind} ${lock.name} is locked by ${lock.owner}${because(lock.reason)}${until(lock)}. Ask ${lock.owner} to unlock it.`,
    expected: `the ${lock.kind} ${lock.name} unlocked`,
    found: `locked by ${lock.owner}`,
    example: `/unlock ${lock.kind}:${lock.name}`,
  });
}

/** `/ok-to-train` names a commit, and no push survives it: only the very head counts. */
export function* forkApproved(context: Context, fork: boolean, ledger: LedgerFact, sha: GitId): Deciding<void> {
  if (!fork || ledger.okToTrain.includes(sha)) return;
  yield* refuse(context, {
    reason: 'fork_not_approved',
    message: `the head ${sha} of this fork has no /ok-to-train${
      ledger.okToTrain.length > 0 ? '; an earlier head had, and no push survives it' : ''
    }. Read its code, then approve this very commit.`,
    expected: `/ok-to-train for ${sha}`,
    found: ledger.okToTrain.length > 0 ? 'one for another head' : 'none',
    example: `/ok-to-train ${sha}`,
  });
}

export const because = (reason: string): string => (reason === '' ? '' : `: ${reason}`);

const until = ({ expiresAt }: LockFact): string => (expiresAt === null ? '' : ` (until ${expiresAt})`);
