import { describe, expect, test } from 'vitest';
import { decide } from '../../../core/decision/decide.ts';
import type { FactName } from '../../../core/decision/facts.ts';
import { and, FORK, gathered, HEAD, RUNS, requestFor, run, type Situation } from './samples.ts';

const asked = (text: string, situation: Situation = {}) => gathered(requestFor(text, situation)).asked;
const required = { policy: { require: { train: { approvals: { code_owners: true } } } } };

describe('facts are asked for in the order of the checks, and no more than it takes', () => {
  test.each<[string, string, Situation, FactName[]]>([
    ['a typo', '/trian', {}, []],
    ['help', '/help', {}, ['actor']],
    ['status', '/status', {}, ['actor']],
    ['an edited comment', '/train', { facts: { comment: { edited: true } } }, []],
    ['a bot that nobody names', '/train', { facts: { comment: { author: 'x[bot]', authorType: 'Bot' } } }, ['base']],
    ['no policy', '/train', { base: { kind: 'absent' } }, ['base']],
    ['a stranger', '/train', { facts: { actor: { role: 'none' } } }, ['base', 'actor']],
    ['a closed pull request', '/train', { facts: { pull: { state: 'closed' } } }, ['base', 'actor', 'pull']],
    ['a fork that policy denies', '/train', { facts: FORK.facts }, ['base', 'actor', 'pull']],
    ['a head that moved', '/train', { facts: { sightings: [] } }, ['base', 'actor', 'pull', 'sightings']],
    [
      'a fork without approval',
      '/train',
      and(FORK, { ledger: { okToTrain: [] } }),
      ['base', 'actor', 'pull', 'sightings', 'ledger'],
    ],
    ['a training', '/train', {}, ['base', 'actor', 'pull', 'sightings', 'ledger', 'plan', 'models', 'earlier', 'runs']],
    [
      'a training of a fork, which reuses nothing',
      '/train',
      FORK,
      ['base', 'actor', 'pull', 'sightings', 'ledger', 'plan', 'models', 'runs'],
    ],
    [
      'a training that needs approvals',
      '/train',
      { ...required, facts: { files: { changed: [] } } },
      ['base', 'actor', 'pull', 'sightings', 'ledger', 'plan', 'models', 'reviews', 'files'],
    ],
    ['a check of data', '/validate', {}, ['base', 'actor', 'pull', 'sightings', 'plan', 'models']],
    ['a cancel', '/cancel', { facts: { runs: [run({ state: 'training' })] } }, ['base', 'actor', 'pull', 'runs']],
    ['a hold', '/hold', {}, ['base', 'actor', 'pull', 'ledger']],
    ['a lock', '/lock staging', {}, ['base', 'actor', 'pull', 'ledger']],
    ['a lock of nothing', '/lock prod', {}, ['base', 'actor']],
    ['a promotion', '/promote flight-delay@v1.1.0 to staging', {}, ['base', 'actor', 'ledger']],
    [
      'a promotion of a first version',
      '/promote delay-cause to staging',
      {},
      ['base', 'actor', 'ledger', 'candidates'],
    ],
    ['a promotion to no stage', '/promote flight-delay to prod', {}, ['base', 'actor']],
    ['a rollback', '/rollback flight-delay staging', {}, ['base', 'actor', 'ledger']],
    ['an approval of a fork', `/ok-to-train ${HEAD}`, FORK, ['base', 'actor', 'pull', 'sightings', 'ledger']],
  ])('%s', (_sentence, text, situation, expected) => {
    expect(asked(text, situation)).toEqual(expected);
  });
});

describe('what cannot be had allows nothing', () => {
  const situations: [string, Situation][] = [
    ['/train', required],
    ['/train', {}],
    ['/validate', {}],
    ['/evaluate', { facts: { runs: [run()] } }],
    ['/retry', { facts: { runs: [run({ state: 'failed', failedAt: 'training' })] } }],
    [`/cancel ${RUNS.first}`, { facts: { runs: [run({ state: 'training' })] } }],
    ['/promote delay-cause to staging', {}],
    ['/rollback flight-delay staging', {}],
    ['/hold', {}],
    ['/unhold', { facts: { ledger: { hold: { owner: 'ben', reason: '', expiresAt: null } } } }],
    ['/lock staging', {}],
    ['/unlock staging', {}],
    ['/override roc_auc it is old', { facts: { actor: { role: 'maintain' }, runs: [run()] } }],
    [`/ok-to-train ${HEAD}`, FORK],
    ['/status', {}],
    ['/help', {}],
  ];
  const rows = situations.flatMap(([text, situation]) =>
    asked(text, situation).map((name) => [text, name, situation] as const),
  );
  test.each(rows)('%s without %s', (text, name, situation) => {
    const full = requestFor(text, and(situation, { unavailable: [name] }));
    const { decision } = gathered(full);
    expect(decision).toMatchObject({ verdict: 'refused', reason: 'facts_unavailable' });
    expect(decide(full)).toEqual(decision);
  });
});

test('gathered one by one or given at once, facts have one answer', () => {
  for (const text of ['/train', '/validate', '/hold', '/promote delay-cause to staging', '/retry', '/cancel']) {
    const full = requestFor(text);
    expect(gathered(full).decision).toEqual(decide(full));
  }
});
