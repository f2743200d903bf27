import { describe } from 'vitest';
import { table } from './authorise-cases.ts';

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
