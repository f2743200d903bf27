import { describe, expect, test } from 'vitest';
import { modelsOf } from '../../../../core/decision/request.ts';
import { allowed, and, answerTo, configWith, decisionOn, FORK, HEAD, RUNS, run, type Situation } from '../samples.ts';

type Row = [sentence: string, text: string, situation: Situation, reason: string];

describe('what is meant', () => {
  test.each<Row>([
    ['no model affected', '/train', { facts: { plan: { affected: [] } } }, 'nothing_to_train'],
    ['no model affected, one named', '/train delay-cause', { facts: { plan: { affected: [] } } }, 'allowed'],
    ['a model that is not there', '/train flight-dely', {}, 'unknown_model'],
    ['a parameter that is not there', '/train --set epoch=3', {}, 'unknown_param'],
    ['a value out of range', '/train --set epochs=1000', {}, 'bad_param'],
    ['a value of another type', '/train --set epochs=many', {}, 'bad_param'],
    ['a value that is no choice', '/train --set solver=lbfgs', {}, 'bad_param'],
    ['a value that fits one of two models', '/train flight-delay delay-cause --set epochs=50', {}, 'bad_param'],
    ['a value that fits both', '/train flight-delay delay-cause --set epochs=15', {}, 'allowed'],
    [
      'a plan that is not complete',
      '/train',
      { facts: { plan: { problems: ['the list of files was cut'] } } },
      'plan_incomplete',
    ],
    [
      'a plan that is not complete, with the model named',
      '/train flight-delay',
      { facts: { plan: { problems: ['the list of files was cut'] } } },
      'plan_incomplete',
    ],
    [
      'a model that the head spoils',
      '/train flight-delay',
      {
        head: {
          usable: new Map(),
          invalid: new Map(
            [...modelsOf(configWith(), configWith()).usable.keys()].map((name) => [name, ['out of range']]),
          ),
        },
      },
      'plan_incomplete',
    ],
    [
      'a model that only the head has',
      '/train flight-delay',
      { head: { usable: modelsOf(null, configWith()).usable, invalid: new Map() } },
      'allowed',
    ],
    ['a run to resume that is not there', `/train --resume ${RUNS.other}`, { facts: { runs: [run()] } }, 'unknown_run'],
    [
      'a run to resume of another pull request',
      `/train --resume ${RUNS.first}`,
      { facts: { runs: [run({ pullRequest: 13, checkpointsKept: true })] } },
      'unknown_run',
    ],
    [
      'a run to resume of another model than named',
      `/train delay-cause --resume ${RUNS.first}`,
      { facts: { runs: [run({ checkpointsKept: true })] } },
      'bad_arguments',
    ],
    [
      'a run that left no checkpoints',
      `/train --resume ${RUNS.first}`,
      { facts: { runs: [run()] } },
      'checkpoints_not_kept',
    ],
    [
      'a run with checkpoints',
      `/train --resume ${RUNS.first}`,
      { facts: { runs: [run({ checkpointsKept: true })] } },
      'allowed',
    ],
    [
      'a run to reproduce that is not there',
      `/train --repro ${RUNS.other}`,
      { facts: { runs: [run()] } },
      'unknown_run',
    ],
    [
      'a run to reproduce of another pull request',
      `/train --repro ${RUNS.first}`,
      { facts: { runs: [run({ pullRequest: 13 })] } },
      'unknown_run',
    ],
    [
      'a run to reproduce of another model than named',
      `/train delay-cause --repro ${RUNS.first}`,
      { facts: { runs: [run()] } },
      'bad_arguments',
    ],
    [
      'a run to reproduce of an earlier head',
      `/train --repro ${RUNS.first}`,
      { facts: { runs: [run({ commit: 'd'.repeat(40) })] } },
      'head_moved',
    ],
    [
      'a run to reproduce that was never judged',
      `/train --repro ${RUNS.first}`,
      { facts: { runs: [run({ state: 'failed' })] } },
      'bad_arguments',
    ],
  ])('%s', (_sentence, text, situation, reason) => {
    expect(answerTo(text, situation)).toBe(reason);
  });

  test('a run is reproduced as its own command asked, although it has been trained before', () => {
    const decision = allowed(`/train --repro ${RUNS.first}`, {
      facts: {
        runs: [run({ set: { learning_rate: 0.2 } })],
        earlier: { 'flight-delay': { run: RUNS.first, state: 'kept' } },
      },
    });
    expect(decision).toMatchObject({
      reason: 'allowed',
      action: {
        trainings: [
          { model: { name: 'flight-delay' }, set: { learning_rate: 0.2 }, reproduces: RUNS.first, earlier: null },
        ],
      },
      effects: [
        `flight-delay is trained from ${HEAD.slice(0, 12)} with learning_rate=0.2, and compared with run ${RUNS.first}.`,
      ],
    });
  });

  test('a run that another engine trained is reproduced by that engine, if policy still has it', () => {
    const situation = (engines: readonly string[]): Situation => ({
      policy: { engines },
      facts: { runs: [run({ engine: 'ray' })] },
    });
    const decision = allowed(`/train --repro ${RUNS.first}`, situation(['runner', 'ray']));
    expect(decision).toMatchObject({ action: { trainings: [{ engine: 'ray', reproduces: RUNS.first }] } });
    expect(decision.effects[0]).toContain(' by ray, ');
    expect(answerTo(`/train --repro ${RUNS.first}`, situation(['runner']))).toBe('engine_not_allowed');
  });

  test('an allowed command hands on what it resolved', () => {
    const decision = allowed('/train flight-delay --set learning_rate=0.2 --gpu a100', {
      policy: {
        gpus: ['a100'],
        runners: { gpus: { a100: ['self-hosted', 'a100'] } },
        prices: { gpus: { a100: '3 USD' } },
      },
    });
    expect(decision).toMatchObject({
      sha: HEAD,
      grantedBy: 'write',
      action: {
        kind: 'train',
        trainings: [
          {
            model: { name: 'flight-delay' },
            set: { learning_rate: 0.2 },
            gpu: 'a100',
            gpus: 1,
            engine: 'runner',
            runner: ['self-hosted', 'a100'],
            hourlyPrice: { amount: 3, currency: 'USD' },
            cap: { amount: 6, currency: 'USD' },
            trust: 'member',
            resume: null,
            reproduces: null,
            earlier: null,
          },
        ],
      },
      effects: [
        `flight-delay is trained from ${HEAD.slice(0, 12)} with learning_rate=0.2 on 1 × a100, for at most 6 USD.`,
      ],
    });
  });

  test('says on how many machines it is trained', () => {
    const decision = allowed('/train flight-delay --gpu a100', {
      policy: { gpus: ['a100'], engines: ['kubernetes'] },
      models: {
        'flight-delay': { train: { run: 'x', engine: 'kubernetes', resources: { gpu: 'a100', gpus: 8, nodes: 4 } } },
      },
    });
    expect(decision.effects[0]).toContain(' on 4 machines with 8 × a100 each');
  });

  test('what a pull request needs to train, the default branch does not: it was reviewed on its way there', () => {
    const situation = { policy: { require: { train: { labels: ['go'] } } }, facts: { comment: { kind: 'request' } } };
    expect(answerTo('/train flight-delay', situation)).toBe('allowed');
  });

  test('a request from a terminal trains the default branch', () => {
    const decision = allowed('/train flight-delay', {
      facts: { comment: { kind: 'request' }, pull: undefined, plan: undefined },
    });
    expect(decision).toMatchObject({ sha: null, effects: ['flight-delay is trained from the default branch.'] });
  });
});

describe('what was trained before', () => {
  const kept = { 'flight-delay': { run: RUNS.first, state: 'kept' } };
  const going = { 'flight-delay': { run: RUNS.first, state: 'in_progress' } };
  test.each<Row>([
    ['is returned', '/train', { facts: { earlier: kept } }, 'reused'],
    ['is waited for while it trains', '/train', { facts: { earlier: going } }, 'in_progress'],
    ['is trained anew with --force', '/train --force', { facts: { earlier: kept } }, 'allowed'],
    ['is never shared with a fork', '/train', and(FORK, { earlier: kept }), 'allowed'],
    [
      'costs nothing, whatever the budget',
      '/train',
      { facts: { earlier: kept }, policy: { budget: { per_run: '0 USD' } } },
      'reused',
    ],
    [
      'takes no place',
      '/train',
      { facts: { earlier: kept, runs: [run({ state: 'training' })] }, policy: { concurrency: 1 } },
      'reused',
    ],
    ['says nothing of the other model', '/train flight-delay delay-cause', { facts: { earlier: kept } }, 'allowed'],
    [
      'is still refused where the model is locked',
      '/train',
      {
        facts: {
          earlier: kept,
          ledger: {
            locks: [{ kind: 'model', name: 'flight-delay', owner: 'ada', reason: '', pullRequest: 1, expiresAt: null }],
          },
        },
      },
      'locked',
    ],
  ])('%s', (_sentence, text, situation, reason) => {
    expect(answerTo(text, situation)).toBe(reason);
  });

  test('asks for earlier runs with the trainings that they are looked up by', () => {
    expect(decisionOn('/train --set epochs=20', { facts: { earlier: undefined } })).toMatchObject({
      verdict: 'needs',
      facts: ['earlier'],
      trainings: [{ model: { name: 'flight-delay' }, set: { epochs: 20 } }],
    });
  });
});
