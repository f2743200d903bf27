import type { UnlockCommand } from '../../commands/command.ts';
import { ModelName, StageName } from '../../names.ts';
import { sameLogin } from '../../policy/identity.ts';
import type { LockedThing } from '../action.ts';
import { allow, type Context, configOf, refuse } from '../context.ts';
import type { AllowedDecision } from '../decision.ts';
import type { LockFact } from '../facts.ts';
import { locksOf, signerNamed, trustedLedger } from '../ledger.ts';
import { ambiguous, fits, scopeOf, thingsOf, unknownTarget } from '../lock-target.ts';
import { permitted, permittedRelease } from '../permission.ts';
import { pullOf } from '../pull.ts';
import type { Deciding } from '../steps.ts';

/** Works on closed pull requests, too: a lock may have been made to outlive its own. */
export function* decideUnlock(context: Context<UnlockCommand>): Deciding<AllowedDecision> {
  yield* permitted(context, {}, true);
  yield* pullOf(context);
  yield* signerNamed(context);
  const lock = yield* lockMeant(context, locksOf(context, yield* trustedLedger(context)));
  const target = thingOf(lock);
  const own = sameLogin(lock.owner, context.facts.comment.author);
  const grantedBy = yield* permittedRelease(context, scopeOf(target), own, `lock of ${lock.owner}`);
  return allow(context, {
    action: { kind: 'unlock', target },
    grantedBy,
    sha: null,
    effects: [`The lock of the ${lock.kind} ${lock.name} by ${lock.owner} ends.`],
  });
}

/** Among the locks that are there, so that one of a model that the config has dropped can still be released. */
function* lockMeant(context: Context<UnlockCommand>, locks: readonly LockFact[]): Deciding<LockFact> {
  const { target } = context.command;
  const found = locks.filter(({ kind, name }) => name === target.name && fits(target, kind));
  const [lock] = found;
  if (found.length > 1) yield* ambiguous(context, target);
  if (lock !== undefined) return lock;
  const config = yield* configOf(context);
  const known = thingsOf(config).some(({ kind, name }) => name === target.name && fits(target, kind));
  if (!known) return yield* unknownTarget(context, config, target);
  const [other] = locks;
  return yield* refuse(context, {
    reason: 'not_locked',
    message: `${target.name} is not locked`,
    expected: `a lock of ${target.name}`,
    found: other === undefined ? 'no lock at all' : `only one of the ${other.kind} ${other.name}`,
    example: other === undefined ? null : `/unlock ${other.kind}:${other.name}`,
  });
}

function thingOf({ kind, name }: LockFact): LockedThing {
  return kind === 'model' ? { kind, name: ModelName.parse(name) } : { kind, name: StageName.parse(name) };
}
