import { expect, test } from 'vitest';
import { PolicyConfig } from '../../../core/config/policy.ts';
import { ModelName, StageName } from '../../../core/names.ts';
import {
  type Actor,
  type Authorisation,
  type AuthorisedCommand,
  authorise,
  type Scope,
} from '../../../core/policy/authorise.ts';

/** What the tables of authorisation are written in. */

export const ROLES = ['none', 'read', 'triage', 'write', 'maintain', 'admin'];
export const COMMANDS: readonly (readonly [AuthorisedCommand, string])[] = [
  ['help', 'read'],
  ['status', 'read'],
  ['train', 'write'],
  ['validate', 'write'],
  ['evaluate', 'write'],
  ['retry', 'write'],
  ['cancel', 'write'],
  ['hold', 'write'],
  ['lock', 'write'],
  ['ok-to-train', 'write'],
  ['promote', 'write'],
  ['rollback', 'write'],
  ['unhold', 'maintain'],
  ['unlock', 'maintain'],
  ['override', 'maintain'],
  ['reconcile', 'maintain'],
];

export interface Case {
  /** Members of ada, a user without a role. */
  readonly actor?: Partial<Actor>;
  /** `policy.commands`. */
  readonly commands?: object;
  readonly models?: readonly string[];
  readonly stages?: readonly string[];
  readonly last?: boolean;
  readonly own?: boolean;
}

export function scopeOf({ models = [], stages = [], last = false }: Case): Scope {
  return {
    models: models.map((name) => ModelName.parse(name)),
    stages: stages.map((name) => StageName.parse(name)),
    lastStage: last,
  };
}

export function verdict(command: AuthorisedCommand, request: Case = {}): Authorisation {
  const actor: Actor = { login: 'ada', type: 'User', role: 'none', teams: [], ...request.actor };
  const policy = PolicyConfig.parse({ commands: request.commands ?? {} });
  return authorise({ command, actor, policy, scope: scopeOf(request), own: request.own ?? false });
}

/** A sentence; the command; whether it is allowed; the case. */
export type Row = readonly [string, AuthorisedCommand, 'allowed' | 'refused', Case];

export function table(rows: readonly Row[]): void {
  test.each(rows)('%s: %s is %s', (_, command, expected, request) => {
    expect(verdict(command, request).allowed ? 'allowed' : 'refused').toBe(expected);
  });
}
