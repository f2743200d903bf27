import { describe, expect, test } from 'vitest';
import { answerTo, FORK, OLD_HEAD, type Situation } from '../samples.ts';

type Row = [sentence: string, text: string, situation: Situation, reason: string];

describe('/validate', () => {
  test.each<Row>([
    ['what the pull request changes', '/validate', {}, 'allowed'],
    ['nothing changed', '/validate', { facts: { plan: { datasets: [] } } }, 'nothing_to_validate'],
    ['nothing changed, one named', '/validate flights', { facts: { plan: { datasets: [] } } }, 'allowed'],
    ['a dataset that is not there', '/validate flight', {}, 'unknown_dataset'],
    ['a dataset without a contract', '/validate airports', {}, 'unknown_dataset'],
    ['holdout data, which no pull request’s job reads', '/validate holdout', {}, 'unknown_dataset'],
    ['a fork', '/validate', FORK, 'fork_denied'],
    ['a repository without the App', '/validate', { facts: { app: false } }, 'app_needed'],
    ['a reader', '/validate', { facts: { actor: { role: 'read' } } }, 'not_permitted'],
    ['a closed pull request', '/validate', { facts: { pull: { state: 'closed' } } }, 'pull_request_closed'],
    ['a plan that is not complete', '/validate', { facts: { plan: { problems: ['cut'] } } }, 'plan_incomplete'],
    ['a ledger that cannot be trusted', '/validate', { facts: { ledger: { trusted: false } } }, 'allowed'],
    ['an earlier head', `/validate @${OLD_HEAD}`, {}, 'head_moved'],
    [
      'write, where a model that reads it asks for maintain',
      '/validate',
      { policy: { commands: { validate: { models: { 'delay-cause': 'maintain' } } } } },
      'not_permitted',
    ],
  ])('%s', (_sentence, text, situation, reason) => {
    expect(answerTo(text, situation)).toBe(reason);
  });
});
