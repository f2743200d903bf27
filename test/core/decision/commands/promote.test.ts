import { describe, expect, test } from 'vitest';
import { allowed, answerTo, decisionOn, FORK, RUNS, refused, type Situation } from '../samples.ts';

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

describe('/promote', () => {
  test.each<Row>([
    ['to a first stage, by somebody with write', '/promote flight-delay@v1.1.0 to staging', {}, 'allowed'],
    [
      'to a first stage, by a triager',
      '/promote flight-delay@v1.1.0 to staging',
      { facts: { actor: { role: 'triage' } } },
      'not_permitted',
    ],
    ['to the last stage, by somebody with write', '/promote flight-delay to production', {}, 'not_permitted'],
    ['to the last stage, by a maintainer', '/promote flight-delay to production', { facts: maintain }, 'allowed'],
    [
      'to the only stage, which is the last',
      '/promote flight-delay@v1.1.0 to staging',
      { models: { 'flight-delay': { promote: { stages: ['staging'] } } } },
      'not_permitted',
    ],
    [
      'to the last stage, where policy says write',
      '/promote flight-delay to production',
      { policy: { commands: { promote: 'write' } } },
      'allowed',
    ],
    [
      'to a stage that policy gives to a team, by its member',
      '/promote flight-delay@v1.1.0 to staging',
      {
        policy: { commands: { promote: { stages: { staging: 'team:ml' } } } },
        facts: { actor: { role: 'write', teams: ['ml'] } },
      },
      'allowed',
    ],
    [
      'to a stage that policy gives to a team, by an admin',
      '/promote flight-delay@v1.1.0 to staging',
      { policy: { commands: { promote: { stages: { staging: 'team:ml' } } } }, facts: { actor: { role: 'admin' } } },
      'not_permitted',
    ],
    ['a model that is not there', '/promote flight-dely to staging', {}, 'unknown_model'],
    ['a model that inherits from every object', '/promote constructor to staging', {}, 'unknown_model'],
    ['a stage that is not there', '/promote flight-delay to prod', {}, 'unknown_stage'],
    ['the newest version, which the stage holds', '/promote flight-delay to staging', {}, 'already_in_stage'],
    ['a version that is not there', '/promote flight-delay@v9.0.0 to staging', {}, 'unknown_version'],
    [
      'a version to come, with a run that waits to become it',
      '/promote flight-delay@v1.3.0 to staging',
      { facts: { candidates: { 'flight-delay': { run: RUNS.first, version: '1.3.0' } } } },
      'allowed',
    ],
    [
      'a version after the one to come',
      '/promote flight-delay@v1.4.0 to staging',
      { facts: { candidates: { 'flight-delay': { run: RUNS.first, version: '1.3.0' } } } },
      'unknown_version',
    ],
    [
      'a first version, with a run that waits to become it',
      '/promote delay-cause to staging',
      { facts: { candidates: { 'delay-cause': { run: RUNS.first, version: '0.1.0' } } } },
      'allowed',
    ],
    ['a first version without a run', '/promote delay-cause to staging', {}, 'no_candidate'],
    ['a first version named, without a run', '/promote delay-cause@v0.1.0 to staging', {}, 'no_candidate'],
    ['a pull request on hold', '/promote flight-delay@v1.1.0 to staging', { facts: { ledger: { hold } } }, 'held'],
    [
      'a pull request on hold by oneself',
      '/promote flight-delay@v1.1.0 to staging',
      { facts: { ledger: { hold: { ...hold, owner: 'ben' } } } },
      'held',
    ],
    [
      'a hold that has run out',
      '/promote flight-delay@v1.1.0 to staging',
      { facts: { ledger: { hold: { ...hold, expiresAt: '2026-11-04T10:09:00Z' } } } },
      'allowed',
    ],
    [
      'a stage locked by somebody else',
      '/promote flight-delay@v1.1.0 to staging',
      { facts: { ledger: { locks: [lock()] } } },
      'locked',
    ],
    [
      'a stage locked by oneself',
      '/promote flight-delay@v1.1.0 to staging',
      { facts: { ledger: { locks: [lock({ owner: 'ben' })] } } },
      'allowed',
    ],
    [
      'another stage locked',
      '/promote flight-delay@v1.1.0 to staging',
      { facts: { ledger: { locks: [lock({ name: 'production' })] } } },
      'allowed',
    ],
    [
      'a model locked: that keeps from training alone',
      '/promote flight-delay@v1.1.0 to staging',
      { facts: { ledger: { locks: [lock({ kind: 'model', name: 'flight-delay' })] } } },
      'allowed',
    ],
    ['within a weekly freeze', '/promote flight-delay@v1.1.0 to staging', weekday(['wed']), 'freeze_window'],
    [
      'on another day than the weekly freeze',
      '/promote flight-delay@v1.1.0 to staging',
      weekday(['fri', 'sat']),
      'allowed',
    ],
    [
      'within the freeze of another stage',
      '/promote flight-delay@v1.1.0 to staging',
      weekday(['wed'], { stages: ['production'] }),
      'allowed',
    ],
    [
      'within a freeze between two moments',
      '/promote flight-delay@v1.1.0 to staging',
      { policy: { freeze: [{ from: '2026-11-01T00:00:00Z', to: '2026-11-05T00:00:00Z' }] } },
      'freeze_window',
    ],
    [
      'a model that is frozen',
      '/promote flight-delay@v1.1.0 to staging',
      recorded({ versions: ['1.1.0'], frozen: 'a tag was moved' }),
      'frozen',
    ],
    [
      'a ledger that cannot be trusted',
      '/promote flight-delay@v1.1.0 to staging',
      { facts: { ledger: { trusted: false } } },
      'ledger_untrusted',
    ],
    [
      'a key that policy does not name',
      '/promote flight-delay@v1.1.0 to staging',
      { signerNamed: false },
      'signing_key_unknown',
    ],
    [
      'a label that promotion asks for',
      '/promote flight-delay@v1.1.0 to staging',
      { policy: { require: { promote: { labels: ['go'] } } } },
      'label_missing',
    ],
    [
      'the label that promotion asks for is there',
      '/promote flight-delay@v1.1.0 to staging',
      { policy: { require: { promote: { labels: ['go'] } } }, facts: { pull: { labels: ['Go'] } } },
      'allowed',
    ],
    [
      'an approval that promotion asks for',
      '/promote flight-delay@v1.1.0 to staging',
      { policy: { require: { promote: { approvals: {} } } } },
      'approvals_missing',
    ],
    [
      'a merged pull request',
      '/promote flight-delay@v1.1.0 to staging',
      { facts: { pull: { state: 'closed', merged: true } } },
      'allowed',
    ],
    [
      'a fork’s pull request: it is about the default branch',
      '/promote flight-delay@v1.1.0 to staging',
      { facts: FORK.facts },
      'allowed',
    ],
    [
      'from a terminal, where a label is asked for',
      '/promote flight-delay@v1.1.0 to staging',
      { policy: { require: { promote: { labels: ['go'] } } }, facts: { comment: { kind: 'request' } } },
      'not_a_pull_request',
    ],
    [
      'from a terminal',
      '/promote flight-delay@v1.1.0 to staging',
      { facts: { comment: { kind: 'request' }, pull: undefined } },
      'allowed',
    ],
  ])('%s', (_sentence, text, situation, reason) => {
    expect(answerTo(text, situation)).toBe(reason);
  });

  test('the newest is that of the highest number, not the last one made', () => {
    const { action } = allowed(
      '/promote flight-delay to staging',
      recorded({ versions: ['1.2.0', '1.10.0', '1.9.0'] }),
    );
    expect(action).toEqual({
      kind: 'promote',
      model: 'flight-delay',
      stage: 'staging',
      version: '1.10.0',
      candidate: null,
    });
  });

  test('a run that becomes a version is named', () => {
    const situation = { facts: { candidates: { 'delay-cause': { run: RUNS.first, version: '0.1.0' } } } };
    expect(allowed('/promote delay-cause to staging', situation).action).toMatchObject({
      version: '0.1.0',
      candidate: RUNS.first,
    });
  });

  test('candidates are asked for by model, and only where no version is there', () => {
    const without = { facts: { candidates: undefined } };
    expect(decisionOn('/promote delay-cause to staging', without)).toMatchObject({
      facts: ['candidates'],
      models: ['delay-cause'],
    });
    expect(answerTo('/promote flight-delay@v1.1.0 to staging', without)).toBe('allowed');
  });

  test('the end of the freeze is said', () => {
    expect(
      refused('/promote flight-delay@v1.1.0 to staging', weekday(['wed'], { reason: 'mid-week' })).message,
    ).toContain('mid-week. It ends at 2026-11-05T00:00:00Z');
  });
});
