import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PolicyConfig } from '../../../core/config/policy.ts';
import {
  type Actor,
  type AuthorisedCommand,
  authorise,
  grantsFor,
  teamsAsked,
  WHOLE_REPOSITORY,
} from '../../../core/policy/authorise.ts';
import { type Case, COMMANDS, ROLES, scopeOf, table, verdict } from './authorise-cases.ts';

describe('by default', () => {
  test.each(COMMANDS)('%s takes %s, and no less', (command, least) => {
    expect(ROLES.filter((role) => verdict(command, { actor: { role } }).allowed)).toEqual(
      ROLES.slice(ROLES.indexOf(least)),
    );
  });

  table([
    [
      'a move to the last stage needs maintain, and write is less',
      'promote',
      'refused',
      { actor: { role: 'write' }, last: true },
    ],
    ['a move to the last stage needs maintain', 'promote', 'allowed', { actor: { role: 'maintain' }, last: true }],
    [
      'a move back of the last stage needs maintain, and write is less',
      'rollback',
      'refused',
      { actor: { role: 'write' }, last: true },
    ],
    ['a move back of the last stage needs maintain', 'rollback', 'allowed', { actor: { role: 'admin' }, last: true }],
    ['the last stage makes no other command harder', 'lock', 'allowed', { actor: { role: 'write' }, last: true }],
    ['whoever set a hold with write may end it', 'unhold', 'allowed', { actor: { role: 'write' }, own: true }],
    ['whoever set a lock with write may end it', 'unlock', 'allowed', { actor: { role: 'write' }, own: true }],
    ['a hold of somebody else is not for write to end', 'unhold', 'refused', { actor: { role: 'write' } }],
    ['a lock of somebody else is not for write to end', 'unlock', 'refused', { actor: { role: 'write' } }],
    ['a lock of somebody else is for maintain to end', 'unlock', 'allowed', { actor: { role: 'maintain' } }],
    [
      'whoever has lost write may not end even their own lock',
      'unlock',
      'refused',
      { actor: { role: 'read' }, own: true },
    ],
    [
      'something of one’s own makes no other command easier',
      'override',
      'refused',
      { actor: { role: 'write' }, own: true },
    ],
    ['membership of a team is no role', 'train', 'refused', { actor: { teams: ['ml'] } }],
  ]);
});

describe('a role that GitHub does not define counts as none', () => {
  test.each([
    '',
    'Write',
    'WRITE',
    ' write',
    'write\n',
    'owner',
    'security-manager',
    'constructor',
    '__proto__',
    'toString',
  ])('%j', (role) => {
    const grants = ROLES.slice(1);
    expect(grants.filter((grant) => verdict('train', { actor: { role }, commands: { train: grant } }).allowed)).toEqual(
      [],
    );
  });
});

test.each<[string, AuthorisedCommand, Case, string]>([
  [
    'everywhere',
    'override',
    { actor: { role: 'write' } },
    'override needs the role maintain or more; ada has the role "write"',
  ],
  [
    'for the last stage',
    'promote',
    { actor: { role: 'write' }, last: true },
    'promote of a model’s last stage needs the role maintain or more; ada has the role "write"',
  ],
  [
    'for a model',
    'train',
    {
      commands: { train: { models: { fraud: ['team:fraud', 'user:ben#7'] } } },
      models: ['fraud'],
      actor: { role: 'write' },
    },
    'train of model fraud needs membership of team fraud or the user ben with the id 7; ada has the role "write"',
  ],
  [
    'for a stage',
    'lock',
    { commands: { lock: { stages: { production: 'admin' } } }, stages: ['production'], actor: { role: 'write' } },
    'lock of stage production needs the role admin; ada has the role "write"',
  ],
  [
    'to a bot',
    'train',
    { actor: { login: 'x[bot]', type: 'Bot' } },
    'train needs the role write or more; x[bot] is a bot, and bots must be named',
  ],
  [
    'to a false bot',
    'train',
    { actor: { login: 'x[bot]' } },
    'train needs the role write or more; x[bot] is called like a bot or is one under another name, and neither is allowed anything',
  ],
])('a refusal says what is needed %s and what was found', (_, command, request, reason) => {
  expect(verdict(command, request)).toMatchObject({ allowed: false, reason });
});

test('an allowed command says by which grants', () => {
  const commands = { train: { models: { fraud: 'team:fraud' } } };
  expect(verdict('train', { commands, models: ['fraud'], actor: { role: 'admin', teams: ['fraud'] } })).toEqual({
    allowed: true,
    by: 'write and team:fraud',
  });
});

test('no rule at all allows nothing', () => {
  const policy = { ...PolicyConfig.parse({}), commands: { train: { any: [], models: {}, stages: {} } } };
  const actor: Actor = { login: 'ada', type: 'User', role: 'admin', teams: [] };
  expect(authorise({ command: 'train', actor, policy, scope: WHOLE_REPOSITORY })).toMatchObject({
    allowed: false,
    reason: 'train needs what policy grants to nobody; ada has the role "admin"',
  });
});

describe('teams to ask for', () => {
  const policy = PolicyConfig.parse({
    commands: {
      train: { any: ['team:ml', 'write'], models: { fraud: ['team:fraud', 'team:ML'] } },
      promote: { stages: { production: 'team:release' } },
      lock: 'team:locks',
      unlock: 'team:keys',
    },
  });
  test.each<[string, AuthorisedCommand, Case | null, readonly string[]]>([
    ['of every rule, while the scope is not known', 'train', null, ['ml', 'fraud']],
    ['of /train for a retry, where it has no rule of its own', 'retry', null, ['ml', 'fraud']],
    ['of the rules that apply', 'train', { models: ['delay'] }, ['ml']],
    ['of the model’s rule, each once', 'train', { models: ['fraud'] }, ['ml', 'fraud']],
    ['none where none is named', 'cancel', null, []],
    ['of a stage', 'promote', { stages: ['production'] }, ['release']],
    ['not of another stage', 'promote', { stages: ['staging'] }, []],
    ['also of what sets a lock, since it may be one’s own', 'unlock', null, ['keys', 'locks']],
    ['none for help', 'help', null, []],
  ])('%s', (_, command, request, expected) => {
    expect(teamsAsked(command, policy, request === null ? undefined : scopeOf(request))).toEqual(expected);
  });
});

test('who may do something by default can be listed', () => {
  expect(COMMANDS.map(([command]) => grantsFor(command, PolicyConfig.parse({})))).toEqual(
    COMMANDS.map(([, role]) => [role]),
  );
});

test('more role never allows less', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...COMMANDS.map(([command]) => command)),
      fc.constantFrom('read', 'triage', 'write', 'maintain', 'admin'),
      fc.boolean(),
      fc.boolean(),
      (command, grant, last, own) => {
        const commands = command === 'help' || command === 'status' ? {} : { [command]: grant };
        const verdicts = ROLES.map((role) => verdict(command, { actor: { role }, commands, last, own }).allowed);
        expect(verdicts.indexOf(true) < 0 || verdicts.slice(verdicts.indexOf(true)).every((allowed) => allowed)).toBe(
          true,
        );
      },
    ),
  );
});

test('nobody without a role, a team and a name in policy is ever allowed', () => {
  const login = fc.stringMatching(/^[a-z[\]_-]{0,12}$/).filter((name) => name.toLowerCase() !== 'ada');
  const stranger = fc.record({
    login,
    type: fc.constantFrom('User', 'Bot', 'Other'),
    role: fc.string(),
    teams: fc.array(fc.string()),
  });
  const notGranted = stranger.filter(
    ({ role, teams }) => !ROLES.includes(role) && !teams.some((team) => team.toLowerCase() === 'ml'),
  );
  const commands = { train: ['write', 'team:ml', 'user:ada'] };
  fc.assert(
    fc.property(notGranted, (actor) => {
      expect(verdict('train', { actor: actor as Partial<Actor>, commands }).allowed).toBe(false);
    }),
  );
});
