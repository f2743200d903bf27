import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PolicyConfig } from '../../../core/config/schema.ts';
import { ModelName, StageName } from '../../../core/names.ts';
import {
  type Actor,
  type AuthorisedCommand,
  authorise,
  grantsFor,
  type Scope,
  teamsAsked,
  WHOLE_REPOSITORY,
} from '../../../core/policy/authorise.ts';

const ROLES = ['none', 'read', 'triage', 'write', 'maintain', 'admin'];
const COMMANDS: readonly (readonly [AuthorisedCommand, string])[] = [
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

interface Case {
  /** Members of ada, a user without a role. */
  readonly actor?: Partial<Actor>;
  /** `policy.commands`. */
  readonly commands?: object;
  readonly models?: readonly string[];
  readonly stages?: readonly string[];
  readonly last?: boolean;
  readonly own?: boolean;
}

function scopeOf({ models = [], stages = [], last = false }: Case): Scope {
  return {
    models: models.map((name) => ModelName.parse(name)),
    stages: stages.map((name) => StageName.parse(name)),
    lastStage: last,
  };
}

function verdict(command: AuthorisedCommand, request: Case = {}) {
  const actor: Actor = { login: 'ada', type: 'User', role: 'none', teams: [], ...request.actor };
  const policy = PolicyConfig.parse({ commands: request.commands ?? {} });
  return authorise({ command, actor, policy, scope: scopeOf(request), own: request.own ?? false });
}

/** A sentence; the command; whether it is allowed; the case. */
type Row = readonly [string, AuthorisedCommand, 'allowed' | 'refused', Case];

function table(rows: readonly Row[]): void {
  test.each(rows)('%s: %s is %s', (_, command, expected, request) => {
    expect(verdict(command, request).allowed ? 'allowed' : 'refused').toBe(expected);
  });
}

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

describe('policy replaces the default', () => {
  table([
    [
      'a higher role asked for, a lower held',
      'train',
      'refused',
      { commands: { train: 'maintain' }, actor: { role: 'write' } },
    ],
    [
      'a higher role asked for and held',
      'train',
      'allowed',
      { commands: { train: 'maintain' }, actor: { role: 'maintain' } },
    ],
    ['a lower role asked for', 'train', 'allowed', { commands: { train: 'triage' }, actor: { role: 'triage' } }],
    [
      'a lower role asked for, a yet lower held',
      'train',
      'refused',
      { commands: { train: 'triage' }, actor: { role: 'read' } },
    ],
    ['a team asked for, a member', 'train', 'allowed', { commands: { train: 'team:ml' }, actor: { teams: ['ml'] } }],
    [
      'a team asked for, written otherwise',
      'train',
      'allowed',
      { commands: { train: 'team:ML' }, actor: { teams: ['ml'] } },
    ],
    [
      'a team asked for, a member of another',
      'train',
      'refused',
      { commands: { train: 'team:ml' }, actor: { teams: ['ml-leads'] } },
    ],
    [
      'a team asked for, an admin outside of it',
      'train',
      'refused',
      { commands: { train: 'team:ml' }, actor: { role: 'admin' } },
    ],
    [
      'a team asked for, a member of a team without a name',
      'train',
      'refused',
      { commands: { train: 'team:ml' }, actor: { teams: [''] } },
    ],
    ['a user asked for, that user', 'train', 'allowed', { commands: { train: 'user:ada' } }],
    ['a user asked for, written otherwise', 'train', 'allowed', { commands: { train: 'user:Ada' } }],
    ['a user asked for, another', 'train', 'refused', { commands: { train: 'user:ada' }, actor: { login: 'adam' } }],
    ['a user asked for, an admin', 'train', 'refused', { commands: { train: 'user:ben' }, actor: { role: 'admin' } }],
    [
      'a user of a managed company',
      'train',
      'allowed',
      { commands: { train: 'user:ada_acme' }, actor: { login: 'ada_acme' } },
    ],
    [
      'any of several',
      'train',
      'allowed',
      { commands: { train: ['team:ml', 'user:ben', 'admin'] }, actor: { login: 'ben' } },
    ],
    [
      'none of several',
      'train',
      'refused',
      { commands: { train: ['team:ml', 'user:ben', 'admin'] }, actor: { role: 'maintain' } },
    ],
    ['a team called like a role', 'train', 'refused', { commands: { train: 'team:admin' }, actor: { role: 'admin' } }],
    ['a user called like a team', 'train', 'refused', { commands: { train: 'user:ml' }, actor: { teams: ['ml'] } }],
    ['a user called like a role', 'train', 'refused', { commands: { train: 'write' }, actor: { login: 'write' } }],
    ['another command', 'train', 'refused', { commands: { cancel: 'read' }, actor: { role: 'read' } }],
    [
      'read for everybody who can read',
      'override',
      'allowed',
      { commands: { override: 'read' }, actor: { role: 'read' } },
    ],
    [
      'an explicit rule holds for the last stage, too',
      'promote',
      'allowed',
      { commands: { promote: 'write' }, actor: { role: 'write' }, last: true },
    ],
    [
      'an explicit rule of a team holds for the last stage, too',
      'promote',
      'refused',
      { commands: { promote: 'team:ml' }, actor: { role: 'admin' }, last: true },
    ],
    [
      'a rule for promote is none for rollback',
      'rollback',
      'refused',
      { commands: { promote: 'write' }, actor: { role: 'write' }, last: true },
    ],
    ['a rule for others’ locks', 'unlock', 'allowed', { commands: { unlock: 'write' }, actor: { role: 'write' } }],
    [
      'a rule for locks opens one’s own',
      'unlock',
      'allowed',
      { commands: { lock: 'team:ml' }, actor: { teams: ['ml'] }, own: true },
    ],
    [
      'a rule for locks opens nobody else’s',
      'unlock',
      'refused',
      { commands: { lock: 'team:ml' }, actor: { teams: ['ml'] } },
    ],
    [
      'who may open all locks may open their own',
      'unlock',
      'allowed',
      { commands: { lock: 'admin', unlock: 'team:ml' }, actor: { teams: ['ml'] }, own: true },
    ],
    [
      'who may neither lock nor unlock opens not even their own',
      'unlock',
      'refused',
      { commands: { lock: 'admin', unlock: 'admin' }, actor: { role: 'maintain' }, own: true },
    ],
    [
      'a rule for holds ends one’s own',
      'unhold',
      'allowed',
      { commands: { hold: 'triage' }, actor: { role: 'triage' }, own: true },
    ],
    [
      'a rule for locks ends no hold',
      'unhold',
      'refused',
      { commands: { lock: 'triage' }, actor: { role: 'triage' }, own: true },
    ],
  ]);
});

describe('by model and stage', () => {
  const guarded = { train: { models: { fraud: 'team:fraud' } } };
  const staged = { promote: { stages: { production: 'team:release' } } };
  table([
    [
      'a model’s rule comes on top of the default, and one of both is not enough',
      'train',
      'refused',
      { commands: guarded, models: ['fraud'], actor: { role: 'write' } },
    ],
    [
      'a model’s rule alone does not replace the default',
      'train',
      'refused',
      { commands: guarded, models: ['fraud'], actor: { teams: ['fraud'] } },
    ],
    [
      'a model’s rule and the default',
      'train',
      'allowed',
      { commands: guarded, models: ['fraud'], actor: { role: 'write', teams: ['fraud'] } },
    ],
    [
      'a model’s rule is none for another model',
      'train',
      'allowed',
      { commands: guarded, models: ['delay'], actor: { role: 'write' } },
    ],
    [
      'of two models, one has a rule that is not met',
      'train',
      'refused',
      { commands: guarded, models: ['delay', 'fraud'], actor: { role: 'write' } },
    ],
    [
      'a model’s rule is none for another command',
      'cancel',
      'allowed',
      { commands: guarded, models: ['fraud'], actor: { role: 'write' } },
    ],
    [
      'an admin is no member of the model’s team',
      'train',
      'refused',
      { commands: guarded, models: ['fraud'], actor: { role: 'admin' } },
    ],
    [
      'any replaces the default for models, too',
      'train',
      'allowed',
      {
        commands: { train: { any: 'read', models: { fraud: 'team:fraud' } } },
        models: ['fraud'],
        actor: { role: 'read', teams: ['fraud'] },
      },
    ],
    [
      'any and the model’s rule must both be met',
      'train',
      'refused',
      {
        commands: { train: { any: 'team:ml', models: { fraud: 'team:fraud' } } },
        models: ['fraud'],
        actor: { teams: ['fraud'] },
      },
    ],
    [
      'rules of two models must both be met',
      'train',
      'refused',
      {
        commands: { train: { models: { a: 'team:a', b: 'team:b' } } },
        models: ['a', 'b'],
        actor: { role: 'write', teams: ['a'] },
      },
    ],
    [
      'rules of two models, both met',
      'train',
      'allowed',
      {
        commands: { train: { models: { a: 'team:a', b: 'team:b' } } },
        models: ['a', 'b'],
        actor: { role: 'write', teams: ['a', 'b'] },
      },
    ],
    [
      'a model called constructor has no inherited rule',
      'train',
      'allowed',
      { models: ['constructor'], actor: { role: 'write' }, commands: guarded },
    ],
    [
      'a rule for a model called constructor',
      'train',
      'refused',
      { commands: { train: { models: { constructor: 'admin' } } }, models: ['constructor'], actor: { role: 'write' } },
    ],
    [
      'a model called valueof',
      'train',
      'allowed',
      { commands: { train: { models: {} } }, models: ['valueof'], actor: { role: 'write' } },
    ],
    [
      'a stage called constructor has no inherited rule',
      'promote',
      'allowed',
      { commands: staged, stages: ['constructor'], actor: { role: 'write' } },
    ],
    [
      'a rule for a stage called constructor',
      'promote',
      'refused',
      {
        commands: { promote: { stages: { constructor: 'admin' } } },
        stages: ['constructor'],
        actor: { role: 'maintain' },
      },
    ],
    [
      'a stage’s rule is none for another stage',
      'promote',
      'allowed',
      { commands: staged, stages: ['staging'], actor: { role: 'write' } },
    ],
    [
      'a stage’s rule comes on top of the default for the last stage',
      'promote',
      'refused',
      { commands: staged, stages: ['production'], last: true, actor: { role: 'write', teams: ['release'] } },
    ],
    [
      'a stage’s rule and maintain',
      'promote',
      'allowed',
      { commands: staged, stages: ['production'], last: true, actor: { role: 'maintain', teams: ['release'] } },
    ],
    [
      'maintain without the stage’s rule',
      'promote',
      'refused',
      { commands: staged, stages: ['production'], last: true, actor: { role: 'admin' } },
    ],
    [
      'any and the stage’s rule',
      'promote',
      'allowed',
      {
        commands: { promote: { any: 'read', stages: { production: 'team:release' } } },
        stages: ['production'],
        last: true,
        actor: { role: 'read', teams: ['release'] },
      },
    ],
    [
      'model and stage have rules, one is met',
      'promote',
      'refused',
      {
        commands: { promote: { models: { fraud: 'team:fraud' }, stages: { production: 'team:release' } } },
        models: ['fraud'],
        stages: ['production'],
        actor: { role: 'admin', teams: ['fraud'] },
      },
    ],
    [
      'model and stage have rules, both are met',
      'promote',
      'allowed',
      {
        commands: { promote: { models: { fraud: 'team:fraud' }, stages: { production: 'team:release' } } },
        models: ['fraud'],
        stages: ['production'],
        actor: { role: 'admin', teams: ['fraud', 'release'] },
      },
    ],
    [
      'one’s own lock on a stage with a rule for locks',
      'unlock',
      'refused',
      {
        commands: { lock: { stages: { production: 'team:release' } } },
        stages: ['production'],
        actor: { role: 'write' },
        own: true,
      },
    ],
    [
      'one’s own lock on a stage with a rule for locks that is met',
      'unlock',
      'allowed',
      {
        commands: { lock: { stages: { production: 'team:release' } } },
        stages: ['production'],
        actor: { role: 'write', teams: ['release'] },
        own: true,
      },
    ],
  ]);
});

describe('a bot', () => {
  const bot = (rest: Partial<Actor> = {}): Partial<Actor> => ({ login: 'renovate[bot]', type: 'Bot', ...rest });
  table([
    ['has no command by its role', 'train', 'refused', { actor: bot({ role: 'admin' }) }],
    ['has not even help by its role', 'help', 'refused', { actor: bot({ role: 'admin' }) }],
    ['has no command by a team', 'train', 'refused', { commands: { train: 'team:ml' }, actor: bot({ teams: ['ml'] }) }],
    ['may be named', 'train', 'allowed', { commands: { train: 'user:renovate[bot]' }, actor: bot() }],
    [
      'may be named with its id',
      'train',
      'allowed',
      { commands: { train: 'user:renovate[bot]#49' }, actor: bot({ id: 49 }) },
    ],
    [
      'may be named, written otherwise',
      'train',
      'allowed',
      { commands: { train: 'user:Renovate[bot]' }, actor: bot() },
    ],
    ['is not the user of its name', 'train', 'refused', { commands: { train: 'user:renovate' }, actor: bot() }],
    [
      'is not what a user of its name becomes',
      'train',
      'refused',
      { commands: { train: 'user:renovate[bot]' }, actor: { login: 'renovate' } },
    ],
    [
      'is no other bot',
      'train',
      'refused',
      { commands: { train: 'user:renovate[bot]' }, actor: bot({ login: 'xrenovate[bot]' }) },
    ],
    [
      'is not a user who has the suffix',
      'train',
      'refused',
      { commands: { train: 'user:renovate[bot]' }, actor: bot({ type: 'User' }) },
    ],
    [
      'is not a user who has the suffix and a role',
      'train',
      'refused',
      { actor: bot({ type: 'User', role: 'admin' }) },
    ],
    [
      'is not known by its type alone',
      'train',
      'refused',
      { commands: { train: 'user:renovate' }, actor: { login: 'renovate', type: 'Bot' } },
    ],
    [
      'has no role under a user’s name',
      'train',
      'refused',
      { actor: { login: 'renovate', type: 'Bot', role: 'admin' } },
    ],
    [
      'is not two suffixes',
      'train',
      'refused',
      { commands: { train: 'user:renovate[bot]' }, actor: bot({ login: 'renovate[bot][bot]' }) },
    ],
    ['is not a suffix alone', 'train', 'refused', { actor: bot({ login: '[bot]', role: 'admin' }) }],
    ['in capitals is one all the same', 'train', 'refused', { actor: { login: 'renovate[BOT]', role: 'admin' } }],
    [
      'with the suffix in its middle is a strange user, and has its role only',
      'train',
      'allowed',
      { actor: { login: 'a[bot]b', role: 'write' } },
    ],
    [
      'that is named ends no lock of others’ it is not named for',
      'unlock',
      'refused',
      { commands: { lock: 'user:renovate[bot]' }, actor: bot() },
    ],
    [
      'that is named ends its own lock',
      'unlock',
      'allowed',
      { commands: { lock: 'user:renovate[bot]' }, actor: bot(), own: true },
    ],
  ]);
});

describe('an account', () => {
  const named = { train: 'user:ada#123' };
  table([
    ['named with its id', 'train', 'allowed', { commands: named, actor: { id: 123 } }],
    [
      'of the same name and another id, which took over the login',
      'train',
      'refused',
      { commands: named, actor: { id: 456 } },
    ],
    [
      'of the same id and another name, since it was renamed',
      'train',
      'refused',
      { commands: named, actor: { login: 'ada2', id: 123 } },
    ],
    ['whose id is not known', 'train', 'refused', { commands: named }],
    ['whose id begins alike', 'train', 'refused', { commands: named, actor: { id: 1234 } }],
    [
      'named without an id, whatever it has',
      'train',
      'allowed',
      { commands: { train: 'user:ada' }, actor: { id: 456 } },
    ],
    ['without a login', 'train', 'refused', { actor: { login: '', role: 'admin' } }],
    [
      'without a login, of a team',
      'train',
      'refused',
      { commands: { train: 'team:ml' }, actor: { login: '', teams: ['ml'] } },
    ],
    ['that is neither user nor bot', 'train', 'refused', { actor: { type: 'Other', role: 'admin' } }],
    [
      'that is neither user nor bot, by name',
      'train',
      'refused',
      { commands: { train: 'user:ada' }, actor: { type: 'Other' } },
    ],
    [
      'whose name only looks alike',
      'train',
      'refused',
      { commands: { train: 'user:kim' }, actor: { login: '\u212Aim' } },
    ],
    [
      'whose name has a space behind it',
      'train',
      'refused',
      { commands: { train: 'user:ada' }, actor: { login: 'ada ' } },
    ],
    [
      'whose name has an invisible letter',
      'train',
      'refused',
      { commands: { train: 'user:ada' }, actor: { login: 'ad\u200Ba' } },
    ],
    ['called __proto__', 'train', 'refused', { actor: { login: '__proto__' } }],
    [
      'called constructor, of teams called constructor',
      'train',
      'refused',
      { actor: { login: 'constructor', teams: ['constructor'] } },
    ],
    [
      'in a team called __proto__',
      'train',
      'refused',
      { commands: { train: 'team:proto' }, actor: { teams: ['__proto__'] } },
    ],
    [
      'in a team called constructor that policy names',
      'train',
      'allowed',
      { commands: { train: 'team:constructor' }, actor: { teams: ['constructor'] } },
    ],
  ]);
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
