import type { LockCommand } from '../../commands/command.ts';
import { allow, type Context, refuse } from '../context.ts';
import type { AllowedDecision } from '../decision.ts';
import { expiryOf } from '../expiry.ts';
import { because, locksOf, signerNamed, trustedLedger } from '../ledger.ts';
import { lockedThing, scopeOf } from '../lock-target.ts';
import { permitted } from '../permission.ts';
import { openPull } from '../pull.ts';
import type { Deciding } from '../steps.ts';

export function* decideLock(context: Context<LockCommand>): Deciding<AllowedDecision> {
  const { expiresIn, keep, reason } = context.command;
  yield* permitted(context);
  const target = yield* lockedThing(context, context.command.target);
  const grantedBy = yield* permitted(context, scopeOf(target));
  const pull = yield* openPull(context);
  yield* signerNamed(context);
  const locks = locksOf(context, yield* trustedLedger(context));
  const lock = locks.find(({ kind, name }) => kind === target.kind && name === target.name);
  if (lock !== undefined && lock.operation !== context.operation)
    yield* refuse(context, {
      reason: 'already_locked',
      message: `the ${target.kind} ${target.name} is locked already, by ${lock.owner}${because(lock.reason)}`,
      expected: `the ${target.kind} ${target.name} unlocked`,
      found: `locked by ${lock.owner}`,
      example: `/unlock ${target.kind}:${target.name}`,
    });
  const expiresAt = expiryOf(context.facts.comment.createdAt, expiresIn);
  const ends = [
    ...(expiresAt === null ? [] : [`at ${expiresAt}`]),
    ...(keep ? [] : [`when #${pull.number} is closed`]),
    'by /unlock',
  ];
  const what = target.kind === 'model' ? 'nobody else makes a candidate of it' : 'nobody else moves it, of any model';
  return allow(context, {
    action: { kind: 'lock', target, reason, expiresAt, keep },
    grantedBy,
    sha: null,
    effects: [`The ${target.kind} ${target.name} is locked: ${what}. It ends ${ends.join(', or ')}.`],
  });
}
