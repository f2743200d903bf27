import { describe, expect, test } from 'vitest';
import { allowed, answerTo, type Situation } from '../samples.ts';

type Row = [sentence: string, text: string, situation: Situation, reason: string];

const maintain = { actor: { role: 'maintain' } };
const lock = (change: object = {}) => ({
  kind: 'stage',
  name: 'staging',
  owner: 'ada',
  reason: 'incident',
  pullRequest: 9,
  expiresAt: null,
  ...change,
});
const hold = { owner: 'ada', reason: '', expiresAt: null };
const recorded = (record: object): Situation => ({ facts: { ledger: { models: { 'flight-delay': record } } } });
const weekday = (days: string[], change: object = {}) => ({ policy: { freeze: [{ days, ...change }] } });

describe('/rollback', () => {
  const held = (...production: string[]) =>
    recorded({ versions: ['1.0.0', '1.1.0', '1.2.0', '1.3.0'], stages: { production } });
  const by = (situation: Situation): Situation => ({ ...situation, facts: { ...situation.facts, ...maintain } });
  test.each<Row>([
    ['a first stage, by somebody with write', '/rollback flight-delay staging', {}, 'allowed'],
    ['the last stage, by somebody with write', '/rollback flight-delay production', {}, 'not_permitted'],
    ['the last stage, by a maintainer', '/rollback flight-delay production', { facts: maintain }, 'allowed'],
    ['to a version that the stage held', '/rollback flight-delay staging to v1.0.0', {}, 'allowed'],
    ['to the version that the stage holds', '/rollback flight-delay staging to v1.2.0', {}, 'already_in_stage'],
    [
      'to a version that the stage never held',
      '/rollback flight-delay production to v1.2.0',
      { facts: maintain },
      'never_in_stage',
    ],
    ['to a version that is not there', '/rollback flight-delay staging to v9.0.0', {}, 'unknown_version'],
    [
      'a stage that held one version only',
      '/rollback flight-delay production',
      by(held('1.0.0')),
      'no_earlier_version',
    ],
    ['a stage that holds none', '/rollback delay-cause staging', {}, 'no_earlier_version'],
    [
      'a stage that is back at its first version',
      '/rollback flight-delay production',
      by(held('1.0.0', '1.1.0', '1.0.0')),
      'no_earlier_version',
    ],
    ['a stage that is not there', '/rollback flight-delay prod', {}, 'unknown_stage'],
    ['a model that is not there', '/rollback flight staging', {}, 'unknown_model'],
    [
      'a stage locked by somebody else',
      '/rollback flight-delay staging',
      { facts: { ledger: { locks: [lock()] } } },
      'locked',
    ],
    [
      'a stage locked by oneself',
      '/rollback flight-delay staging',
      { facts: { ledger: { locks: [lock({ owner: 'ben' })] } } },
      'allowed',
    ],
    [
      'within a freeze window, which keeps nobody from going back',
      '/rollback flight-delay staging',
      weekday(['wed']),
      'allowed',
    ],
    [
      'within a freeze window, to a version that is named',
      '/rollback flight-delay staging to v1.0.0',
      weekday(['wed'], { stages: ['staging'] }),
      'allowed',
    ],
    [
      'within a freeze window, of a stage that somebody else has locked',
      '/rollback flight-delay staging',
      { ...weekday(['wed']), facts: { ledger: { locks: [lock()] } } },
      'locked',
    ],
    [
      'a model that is frozen',
      '/rollback flight-delay staging',
      recorded({ versions: ['1.0.0'], stages: { staging: ['1.0.0'] }, frozen: 'rewound' }),
      'frozen',
    ],
    [
      'a pull request on hold, which keeps nobody from going back',
      '/rollback flight-delay staging',
      { facts: { ledger: { hold } } },
      'allowed',
    ],
    [
      'approvals that promotion asks for',
      '/rollback flight-delay staging',
      { policy: { require: { promote: { approvals: {} } } } },
      'allowed',
    ],
    ['a closed pull request', '/rollback flight-delay staging', { facts: { pull: { state: 'closed' } } }, 'allowed'],
    [
      'from a terminal',
      '/rollback flight-delay staging',
      { facts: { comment: { kind: 'request' }, pull: undefined } },
      'allowed',
    ],
  ])('%s', (_sentence, text, situation, reason) => {
    expect(answerTo(text, situation)).toBe(reason);
  });

  test.each([
    ['goes to the version before', ['1.0.0', '1.1.0', '1.2.0'], '1.1.0'],
    ['given again, goes back once more', ['1.0.0', '1.1.0', '1.2.0', '1.1.0'], '1.0.0'],
    ['after going forward again, goes to what was held last', ['1.0.0', '1.1.0', '1.0.0', '1.3.0'], '1.0.0'],
    ['passes over what an earlier rollback had taken away', ['1.0.0', '1.1.0', '1.2.0', '1.0.0', '1.2.0'], '1.0.0'],
  ])('%s', (_sentence, history, version) => {
    expect(allowed('/rollback flight-delay production', by(held(...history))).action).toMatchObject({ version });
  });
});
