import type { LockTarget } from '../commands/command.ts';
import type { Config } from '../config/schema.ts';
import type { Scope } from '../policy/authorise.ts';
import { keysOf } from '../records.ts';
import { suggestion } from '../suggest.ts';
import type { LockedThing } from './action.ts';
import { type Context, configOf, listed, refuse } from './context.ts';
import type { Deciding } from './steps.ts';

/** The one model or stage of the default branch that a target names. */
export function* lockedThing(context: Context, target: LockTarget): Deciding<LockedThing> {
  const config = yield* configOf(context);
  const found = thingsOf(config).filter(({ kind, name }) => name === target.name && fits(target, kind));
  const [thing] = found;
  if (thing === undefined) return yield* unknownTarget(context, config, target);
  if (found.length > 1) yield* ambiguous(context, target);
  return thing;
}

export function fits(target: LockTarget, kind: LockedThing['kind']): boolean {
  return target.kind === 'any' || target.kind === kind;
}

export function* ambiguous(context: Context, { name }: LockTarget): Deciding<never> {
  const command = context.command.name;
  return yield* refuse(context, {
    reason: 'ambiguous_target',
    message: `${name} is a model and a stage. Say which: /${command} model:${name} or /${command} stage:${name}`,
    expected: `model:${name} or stage:${name}`,
    found: name,
    example: `/${command} stage:${name}`,
  });
}

export function* unknownTarget(context: Context, config: Config, target: LockTarget): Deciding<never> {
  const things = thingsOf(config).filter(({ kind }) => fits(target, kind));
  const names = [...new Set(things.map(({ name }) => name))];
  const what = target.kind === 'any' ? 'a model or a stage' : `a ${target.kind}`;
  return yield* refuse(context, {
    reason: 'unknown_target',
    message: `expected ${what} of the default branch (${listed(names) || 'there is none'}), got "${target.name}"${suggestion(target.name, names)}`,
    expected: listed(names) || what,
    found: target.name,
  });
}

export function thingsOf(config: Config): LockedThing[] {
  const stages = new Set(Object.values(config.models).flatMap(({ promote }) => promote.stages));
  return [
    ...keysOf(config.models).map((name) => ({ kind: 'model', name }) as const),
    ...[...stages].map((name) => ({ kind: 'stage', name }) as const),
  ];
}

export function scopeOf(thing: LockedThing): Partial<Scope> {
  return thing.kind === 'model' ? { models: [thing.name] } : { stages: [thing.name] };
}
