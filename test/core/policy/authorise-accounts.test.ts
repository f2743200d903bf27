import { describe } from 'vitest';
import type { Actor } from '../../../core/policy/authorise.ts';
import { table } from './authorise-cases.ts';

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
