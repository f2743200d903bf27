import { describe, expect, test } from 'vitest';
import { PolicyConfig } from '../../../core/config/schema.ts';
import { type AuthorisedCommand, authorise, WHOLE_REPOSITORY } from '../../../core/policy/authorise.ts';

function allowed(
  command: AuthorisedCommand,
  actor: Partial<Parameters<typeof authorise>[0]['actor']>,
  commands: object = {},
): boolean {
  const policy = PolicyConfig.parse({ commands });
  return authorise({
    command,
    actor: { login: 'ada', type: 'User', role: 'none', teams: [], ...actor },
    policy,
    scope: WHOLE_REPOSITORY,
  }).allowed;
}

const ROLES = ['none', 'read', 'triage', 'write', 'maintain', 'admin'];

describe('by default', () => {
  test.each<[AuthorisedCommand, string]>([
    ['help', 'read'],
    ['status', 'read'],
    ['train', 'write'],
    ['cancel', 'write'],
    ['promote', 'maintain'],
    ['rollback', 'maintain'],
    ['reconcile', 'maintain'],
  ])('%s takes %s, and no less', (command, least) => {
    expect(ROLES.filter((role) => allowed(command, { role }))).toEqual(ROLES.slice(ROLES.indexOf(least)));
  });
});

describe('a role that GitHub does not define counts as none', () => {
  test.each(['', 'Write', 'WRITE', 'owner', 'security-manager', 'constructor', '__proto__', 'toString'])(
    '%j',
    (role) => {
      expect(ROLES.slice(1).map((grant) => allowed('train', { role }, { train: grant }))).toEqual([
        false,
        false,
        false,
        false,
        false,
      ]);
    },
  );
});

describe('policy replaces the default', () => {
  test.each<[string, object, Partial<Parameters<typeof authorise>[0]['actor']>, boolean]>([
    ['a higher role asked for, a lower held', { train: 'maintain' }, { role: 'write' }, false],
    ['a lower role asked for', { train: 'triage' }, { role: 'triage' }, true],
    ['a team asked for, a member', { train: 'team:ml' }, { teams: ['ml'] }, true],
    ['a team asked for, written otherwise', { train: 'team:ML' }, { teams: ['ml'] }, true],
    ['a team asked for, a member of another', { train: 'team:ml' }, { teams: ['ml-leads'] }, false],
    ['a team asked for, an admin outside of it', { train: 'team:ml' }, { role: 'admin' }, false],
    ['a user asked for, that user', { train: 'user:ada' }, {}, true],
    ['a user asked for, written otherwise', { train: 'user:Ada' }, {}, true],
    ['a user asked for, another', { train: 'user:ada' }, { login: 'adam' }, false],
    ['a user asked for, an admin', { train: 'user:ben' }, { role: 'admin' }, false],
    ['any of several', { train: ['team:ml', 'user:ben', 'admin'] }, { login: 'ben' }, true],
    ['none of several', { train: ['team:ml', 'user:ben', 'admin'] }, { role: 'maintain' }, false],
    ['a team called like a role', { train: 'team:admin' }, { role: 'admin' }, false],
    ['a user called like a team', { train: 'user:ml' }, { teams: ['ml'] }, false],
    ['no login', { train: 'user:ada' }, { login: '' }, false],
    ['another command', { cancel: 'read' }, { role: 'read' }, false],
  ])('%s', (_, commands, actor, expected) => {
    expect(allowed('train', actor, commands)).toBe(expected);
  });
});

describe('a bot', () => {
  test.each<[string, object, Partial<Parameters<typeof authorise>[0]['actor']>, boolean]>([
    ['has no command by its role', {}, { login: 'renovate[bot]', role: 'admin' }, false],
    ['has no command by a team', { train: 'team:ml' }, { login: 'renovate[bot]', teams: ['ml'] }, false],
    ['may be named', { train: 'user:renovate[bot]' }, { login: 'renovate[bot]' }, true],
    ['is not the user of its name', { train: 'user:renovate' }, { login: 'renovate[bot]' }, false],
    ['is not what a user of its name becomes', { train: 'user:renovate[bot]' }, { login: 'renovate' }, false],
    ['is no other bot', { train: 'user:renovate[bot]' }, { login: 'xrenovate[bot]' }, false],
  ])('%s', (_, commands, actor, expected) => {
    expect(allowed('train', actor, commands)).toBe(expected);
  });
});

test('a refusal says what is needed and what was found', () => {
  const policy = PolicyConfig.parse({ commands: { promote: ['team:ml-leads', 'admin'] } });
  const verdict = authorise({
    command: 'promote',
    actor: { login: 'ada', type: 'User', role: 'write', teams: [] },
    policy,
    scope: WHOLE_REPOSITORY,
  });
  expect(verdict).toEqual({
    allowed: false,
    needed: ['team:ml-leads', 'admin'],
    reason: 'promote needs membership of team ml-leads or the role admin; ada has the role "write"',
  });
});
