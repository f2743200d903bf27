import { describe, expect, test } from 'vitest';
import { allowed, and, answerTo, FORK, HEAD, OLD_HEAD, RUNS, refused, run, type Situation } from '../samples.ts';

type Row = [sentence: string, text: string, situation: Situation, reason: string];

const runs = (...changes: Record<string, unknown>[]): Situation => ({
  facts: { runs: changes.map((change) => run(change)) },
});
const lock = { kind: 'model', name: 'flight-delay', owner: 'ada', reason: '', pullRequest: 9, expiresAt: null };
const later = { run: RUNS.second, acceptedAt: '2026-11-04T10:05:00Z' };
const cause = { run: RUNS.third, model: 'delay-cause' };
const failed = (failedAt: string) => ({ state: 'failed', failedGates: [], failedAt });
/** An evaluator has a quarter of an hour: 2.50 USD. */
const priced = (budget: object, ...changes: Record<string, unknown>[]): Situation => ({
  ...runs(...changes),
  policy: { prices: { cpu: '10 USD' }, budget },
});
const paid = (amount: number) => ({ cost: { amount, currency: 'USD' } });

describe('/evaluate', () => {
  test.each<Row>([
    ['a held run of the head', '/evaluate', runs({}), 'allowed'],
    ['a candidate of the head', '/evaluate', runs({ state: 'candidate', failedGates: [] }), 'allowed'],
    ['a run whose judging failed', '/evaluate', runs(failed('judging')), 'allowed'],
    ['a run whose training failed', '/evaluate', runs(failed('training')), 'nothing_to_evaluate'],
    ['a run that still trains', '/evaluate', runs({ state: 'training' }), 'nothing_to_evaluate'],
    ['no run', '/evaluate', runs(), 'nothing_to_evaluate'],
    ['a repository without the App', '/evaluate', { facts: { app: false } }, 'app_needed'],
    ['a run of an earlier head', '/evaluate', runs({ commit: OLD_HEAD }), 'nothing_to_evaluate'],
    ['a run whose artifacts are gone', '/evaluate', runs({ artifactsKept: false }), 'nothing_to_evaluate'],
    ['runs of two models, none named', '/evaluate', runs({}, cause), 'several_runs'],
    ['runs of two models, all meant', '/evaluate all', runs({}, cause), 'allowed'],
    ['runs of two models, one named', '/evaluate delay-cause', runs({}, cause), 'allowed'],
    ['a run named', `/evaluate ${RUNS.first}`, runs({}, later), 'allowed'],
    ['a run named that is another pull request’s', `/evaluate ${RUNS.first}`, runs({ pullRequest: 13 }), 'unknown_run'],
    ['a run named that is not there', `/evaluate ${RUNS.other}`, runs({}), 'unknown_run'],
    ['a model that is not there', '/evaluate flight-delya', runs({}), 'unknown_model'],
    ['a model locked by somebody else', '/evaluate', and(runs({}), { ledger: { locks: [lock] } }), 'locked'],
    [
      'a model without an evaluator',
      '/evaluate',
      { ...runs({}), models: { 'flight-delay': { evaluate: undefined, gates: {} } } },
      'nothing_to_evaluate',
    ],
    [
      'a model without an evaluator, where policy takes its own word',
      '/evaluate',
      { ...runs({}), policy: { metrics: 'self-reported' }, models: { 'flight-delay': { evaluate: undefined } } },
      'allowed',
    ],
    [
      'as many runs as policy allows',
      '/evaluate',
      { ...runs({}, { ...cause, state: 'judging' }), policy: { concurrency: 1 } },
      'concurrency_reached',
    ],
    ['a fork whose head is approved', '/evaluate', and(FORK, { runs: [run()] }), 'allowed'],
    [
      'a fork whose head is not',
      '/evaluate',
      and(FORK, { runs: [run()], ledger: { okToTrain: [] } }),
      'fork_not_approved',
    ],
    ['a time-out × price within the budget', '/evaluate', priced({ per_run: '2.50 USD' }, {}), 'allowed'],
    [
      'a time-out × price over the budget of a run',
      '/evaluate',
      priced({ per_run: '2.49 USD' }, {}),
      'budget_exceeded',
    ],
    ['what the month has left', '/evaluate', priced({ per_month: '10 USD' }, paid(7.5)), 'allowed'],
    ['more than the month has left', '/evaluate', priced({ per_month: '10 USD' }, paid(7.6)), 'budget_exceeded'],
    ['two runs that fit', '/evaluate all', priced({ per_pull_request: '5 USD' }, {}, cause), 'allowed'],
    [
      'two runs of which one fits',
      '/evaluate all',
      priced({ per_pull_request: '4 USD' }, {}, cause),
      'budget_exceeded',
    ],
    [
      'a budget without a price',
      '/evaluate',
      { ...runs({}), policy: { budget: { per_run: '9 USD' } } },
      'budget_exceeded',
    ],
    [
      'a budget without a price, where no evaluator runs',
      '/evaluate',
      {
        ...runs({}),
        policy: { metrics: 'self-reported', budget: { per_run: '9 USD' } },
        models: { 'flight-delay': { evaluate: undefined } },
      },
      'allowed',
    ],
    ['a closed pull request', '/evaluate', and(runs({}), { pull: { state: 'closed' } }), 'pull_request_closed'],
    ['a reader', '/evaluate', and(runs({}), { actor: { role: 'read' } }), 'not_permitted'],
    [
      'write, where the model meant asks for maintain',
      '/evaluate',
      { ...runs({}), policy: { commands: { evaluate: { models: { 'flight-delay': 'maintain' } } } } },
      'not_permitted',
    ],
    [
      'a head that was pushed just now',
      '/evaluate',
      and(runs({}), {
        sightings: [{ sha: HEAD, headRepository: 'acme/flights', at: '2026-11-04T10:09:30Z', sender: 'ada' }],
      }),
      'head_too_fresh',
    ],
  ])('%s', (_sentence, text, situation, reason) => {
    expect(answerTo(text, situation)).toBe(reason);
  });

  test('takes the newest run of a model', () => {
    expect(allowed('/evaluate flight-delay', runs({}, later)).action).toEqual({
      kind: 'evaluate',
      runs: [{ run: RUNS.second, model: 'flight-delay' }],
    });
  });

  test('the example where several are meant names one of them', () => {
    expect(refused('/evaluate', runs({}, cause)).example).toMatch(/^\/evaluate 01J\d+$/);
  });
});

describe('/retry', () => {
  test('what another engine trained is trained again by that engine', () => {
    const situation = { ...runs({ ...failed('training'), engine: 'ray' }), policy: { engines: ['runner', 'ray'] } };
    expect(allowed('/retry', situation)).toMatchObject({ action: { runs: [{ training: { engine: 'ray' } }] } });
  });

  test.each<Row>([
    ['a failed training', '/retry', runs(failed('training')), 'allowed'],
    ['a failed dispatch', '/retry', runs(failed('dispatch')), 'allowed'],
    ['a failed judging', '/retry', runs(failed('judging')), 'allowed'],
    ['nothing has run', '/retry', runs(), 'nothing_to_retry'],
    ['a candidate', '/retry', runs({ state: 'candidate', failedGates: [] }), 'nothing_to_retry'],
    ['a held run: a gate is no failure', '/retry', runs({}), 'nothing_to_retry'],
    ['a run in progress', '/retry', runs({ state: 'training' }), 'nothing_to_retry'],
    [
      'a failed run of an earlier head',
      '/retry',
      runs({ ...failed('training'), commit: OLD_HEAD }),
      'nothing_to_retry',
    ],
    [
      'a failed run, and a newer one that went well',
      '/retry',
      runs(failed('training'), { ...later, state: 'candidate' }),
      'nothing_to_retry',
    ],
    ['a cancelled run', '/retry', runs({ state: 'cancelled' }), 'nothing_to_retry'],
    ['a cancelled run, among all', '/retry all', runs({ state: 'cancelled' }), 'nothing_to_retry'],
    ['a cancelled run, named', `/retry ${RUNS.first}`, runs({ state: 'cancelled' }), 'allowed'],
    ['a cancelled run, its model named', '/retry flight-delay', runs({ state: 'cancelled' }), 'allowed'],
    [
      'two failed runs, none named',
      '/retry',
      runs(failed('training'), { ...cause, ...failed('training') }),
      'several_runs',
    ],
    [
      'two failed runs, all meant',
      '/retry all',
      runs(failed('training'), { ...cause, ...failed('training') }),
      'allowed',
    ],
    ['a failed check of data alone', '/retry', { facts: { validations: ['flights'] } }, 'allowed'],
    [
      'a failed check of data, a model named',
      '/retry flight-delay',
      { facts: { validations: ['flights'] } },
      'nothing_to_retry',
    ],
    ['a run that is not there', `/retry ${RUNS.other}`, runs(failed('training')), 'unknown_run'],
    ['a model that is not there', '/retry flight-delya', runs(failed('training')), 'unknown_model'],
    [
      'training again, by somebody whom the rules of /train keep out',
      '/retry',
      { ...runs(failed('training')), policy: { commands: { train: { models: { 'flight-delay': 'team:ml' } } } } },
      'not_permitted',
    ],
    [
      'training again, by somebody whom the rules of /train let in',
      '/retry',
      {
        ...and(runs(failed('training')), { actor: { role: 'write', teams: ['ml'] } }),
        policy: { commands: { train: { models: { 'flight-delay': 'team:ml' } } } },
      },
      'allowed',
    ],
    [
      'training again, where policy has a rule for /retry itself',
      '/retry',
      { ...runs(failed('training')), policy: { commands: { train: 'maintain', retry: 'write' } } },
      'allowed',
    ],
    [
      'judging again, which trains nothing',
      '/retry',
      { ...runs(failed('judging')), policy: { commands: { train: 'maintain' } } },
      'allowed',
    ],
    [
      'a model locked by somebody else',
      '/retry',
      and(runs(failed('training')), { ledger: { locks: [lock] } }),
      'locked',
    ],
    [
      'over the budget by now',
      '/retry',
      { ...runs(failed('training')), policy: { prices: { cpu: '10 USD' }, budget: { per_run: '1 USD' } } },
      'budget_exceeded',
    ],
    [
      'judging again, over the budget with the time of its evaluator',
      '/retry',
      { ...runs(failed('judging')), policy: { prices: { cpu: '10 USD' }, budget: { per_run: '1 USD' } } },
      'budget_exceeded',
    ],
    [
      'judging again, within the budget, where training would not be',
      '/retry',
      { ...runs(failed('judging')), policy: { prices: { cpu: '10 USD' }, budget: { per_run: '3 USD' } } },
      'allowed',
    ],
    [
      'as many runs as policy allows',
      '/retry',
      { ...runs(failed('training'), { ...cause, state: 'training' }), policy: { concurrency: 1 } },
      'concurrency_reached',
    ],
    [
      'as many runs as policy allows, where only the judging is done again',
      '/retry',
      { ...runs(failed('judging'), { ...cause, state: 'training' }), policy: { concurrency: 1 } },
      'concurrency_reached',
    ],
    [
      'write, where the model meant asks for maintain',
      '/retry',
      { ...runs(failed('training')), policy: { commands: { retry: { models: { 'flight-delay': 'maintain' } } } } },
      'not_permitted',
    ],
    [
      'a parameter that policy has narrowed since',
      '/retry',
      runs({ ...failed('training'), set: { epochs: 1000 } }),
      'bad_param',
    ],
    [
      'a GPU type that policy has dropped since',
      '/retry',
      runs({ ...failed('training'), gpu: 'a100' }),
      'gpu_not_allowed',
    ],
    [
      'a label that training asks for',
      '/retry',
      { ...runs(failed('training')), policy: { require: { train: { labels: ['gpu ok'] } } } },
      'label_missing',
    ],
    [
      'a label that training asks for, where nothing is trained',
      '/retry',
      { ...runs(failed('judging')), policy: { require: { train: { labels: ['gpu ok'] } } } },
      'allowed',
    ],
    [
      'a fork whose head is not approved',
      '/retry',
      and(FORK, { runs: [run(failed('training'))], ledger: { okToTrain: [] } }),
      'fork_not_approved',
    ],
    ['a triager', '/retry', and(runs(failed('training')), { actor: { role: 'triage' } }), 'not_permitted'],
  ])('%s', (_sentence, text, situation, reason) => {
    expect(answerTo(text, situation)).toBe(reason);
  });

  test.each([
    [
      'a training that failed is begun anew with what it had set',
      { ...failed('training'), set: { epochs: 20 } },
      'train',
    ],
    ['a judging that failed is done again', failed('judging'), 'judge'],
    [
      'a judging whose artifacts are gone begins with training',
      { ...failed('judging'), artifactsKept: false },
      'train',
    ],
  ])('%s', (_sentence, change, how) => {
    const { action } = allowed('/retry', runs(change));
    expect(action).toMatchObject({
      kind: 'retry',
      runs: [{ run: RUNS.first, model: 'flight-delay', how }],
      datasets: [],
    });
    if (action.kind !== 'retry') throw new Error(action.kind);
    const set = 'set' in change ? change.set : {};
    expect(action.runs[0]?.training?.set ?? null).toEqual(how === 'train' ? set : null);
  });

  test('runs and data checks are repeated together', () => {
    expect(allowed('/retry all', and(runs(failed('judging')), { validations: ['flights'] })).action).toMatchObject({
      runs: [{ how: 'judge' }],
      datasets: ['flights'],
    });
  });
});

describe('/cancel', () => {
  const training = { state: 'training', failedGates: [] };
  test.each<Row>([
    ['a run that trains', '/cancel', runs(training), 'allowed'],
    ['a run that is accepted', '/cancel', runs({ ...training, state: 'accepted' }), 'allowed'],
    ['a run that is judged', '/cancel', runs({ ...training, state: 'judging' }), 'allowed'],
    ['nothing in progress', '/cancel', runs({}), 'nothing_to_cancel'],
    ['no run', '/cancel all', runs(), 'nothing_to_cancel'],
    ['a named run that has ended', `/cancel ${RUNS.first}`, runs({}), 'run_ended'],
    [
      'a named run of another pull request',
      `/cancel ${RUNS.first}`,
      runs({ ...training, pullRequest: 13 }),
      'unknown_run',
    ],
    ['two runs, none named', '/cancel', runs(training, { ...cause, ...training }), 'several_runs'],
    ['two runs, all meant', '/cancel all', runs(training, { ...cause, ...training }), 'allowed'],
    ['two runs, one model named', '/cancel delay-cause', runs(training, { ...cause, ...training }), 'allowed'],
    ['a model that has no run', '/cancel delay-cause', runs(training), 'nothing_to_cancel'],
    ['a model that is not there', '/cancel flight-delya', runs(training), 'unknown_model'],
    [
      'a model that the pull request brings, which the default branch does not know',
      '/cancel brand-new',
      runs({ ...training, model: 'brand-new' }),
      'allowed',
    ],
    [
      'a closed pull request, whose run still costs',
      '/cancel',
      and(runs(training), { pull: { state: 'closed' } }),
      'allowed',
    ],
    ['a fork without approval', '/cancel', and(FORK, { runs: [run(training)], ledger: { okToTrain: [] } }), 'allowed'],
    ['a ledger that cannot be trusted', '/cancel', and(runs(training), { ledger: { trusted: false } }), 'allowed'],
    ['a model locked by somebody else', '/cancel', and(runs(training), { ledger: { locks: [lock] } }), 'allowed'],
    ['a head that moved since', '/cancel', and(runs(training), { sightings: [] }), 'allowed'],
    ['a reader', '/cancel', and(runs(training), { actor: { role: 'read' } }), 'not_permitted'],
    [
      'write, where the model meant asks for maintain',
      '/cancel all',
      { ...runs(training), policy: { commands: { cancel: { models: { 'flight-delay': 'maintain' } } } } },
      'not_permitted',
    ],
    ['no policy', '/cancel', { ...runs(training), base: { kind: 'absent' } }, 'no_policy'],
  ])('%s', (_sentence, text, situation, reason) => {
    expect(answerTo(text, situation)).toBe(reason);
  });

  test('names the runs that are stopped', () => {
    expect(allowed('/cancel all', runs(training, cause)).action).toEqual({ kind: 'cancel', runs: [RUNS.first] });
  });
});
