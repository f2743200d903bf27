import { describe, expect, test } from 'vitest';
import { allowed, answerTo, FORK, type Situation } from '../samples.ts';

type Row = [sentence: string, text: string, situation: Situation, reason: string];

const hold = (change: object = {}) => ({ hold: { owner: 'ada', reason: 'labels', expiresAt: null, ...change } });
const lock = (change: object = {}) => ({
  kind: 'stage',
  name: 'staging',
  owner: 'ada',
  reason: 'incident',
  pullRequest: 9,
  expiresAt: null,
  ...change,
});
const locks = (...changes: object[]): Situation => ({ facts: { ledger: { locks: changes.map(lock) } } });
const role = (name: string, ledger: object): Situation => ({ facts: { actor: { role: name }, ledger } });
const MINE = 'comment 77 line 1';
/** A stage that is called like a model. */
const twin = { models: { 'flight-delay': { promote: { stages: ['delay-cause', 'production'] } } } };

describe('/hold', () => {
  test.each<Row>([
    ['by somebody with write', '/hold', {}, 'allowed'],
    ['by a triager', '/hold', { facts: { actor: { role: 'triage' } } }, 'not_permitted'],
    ['where it is on hold by somebody else', '/hold', { facts: { ledger: hold() } }, 'held'],
    ['where it is on hold by oneself', '/hold', { facts: { ledger: hold({ owner: 'ben' }) } }, 'held'],
    [
      'where it is on hold by this very comment',
      '/hold',
      { facts: { ledger: hold({ owner: 'ben', operation: MINE }) } },
      'allowed',
    ],
    [
      'where a hold has run out',
      '/hold',
      { facts: { ledger: hold({ expiresAt: '2026-11-04T10:00:00Z' }) } },
      'allowed',
    ],
    ['on a closed pull request', '/hold', { facts: { pull: { state: 'closed' } } }, 'pull_request_closed'],
    ['on a fork', '/hold', { facts: FORK.facts }, 'allowed'],
    ['with a head that was just pushed', '/hold', { facts: { sightings: [] } }, 'allowed'],
    ['from a terminal', '/hold', { facts: { comment: { kind: 'request' } } }, 'not_a_pull_request'],
    ['with a ledger that cannot be trusted', '/hold', { facts: { ledger: { trusted: false } } }, 'ledger_untrusted'],
    [
      'where an affected model asks for maintain',
      '/hold',
      { policy: { commands: { hold: { models: { 'flight-delay': 'maintain' } } } } },
      'not_permitted',
    ],
    [
      'where another model asks for maintain',
      '/hold',
      { policy: { commands: { hold: { models: { 'delay-cause': 'maintain' } } } } },
      'allowed',
    ],
  ])('%s', (_sentence, text, situation, reason) => {
    expect(answerTo(text, situation)).toBe(reason);
  });

  test('ends by itself, counted from the comment', () => {
    expect(allowed('/hold wait for labels --for 2h').action).toEqual({
      kind: 'hold',
      reason: 'wait for labels',
      expiresAt: '2026-11-04T12:09:58Z',
    });
  });
});

describe('/unhold', () => {
  test.each<Row>([
    ['one’s own, with write', '/unhold', role('write', hold({ owner: 'Ben' })), 'allowed'],
    ['one’s own, as a reader by now', '/unhold', role('read', hold({ owner: 'ben' })), 'not_permitted'],
    ['another’s, with write', '/unhold', role('write', hold()), 'others_lock'],
    ['another’s, as a maintainer', '/unhold', role('maintain', hold()), 'allowed'],
    [
      'another’s, where policy says write',
      '/unhold',
      { policy: { commands: { unhold: 'write' } }, facts: { ledger: hold() } },
      'allowed',
    ],
    ['where there is none', '/unhold', {}, 'not_held'],
    [
      'where it has run out',
      '/unhold',
      role('write', hold({ owner: 'ben', expiresAt: '2026-11-04T10:00:00Z' })),
      'not_held',
    ],
    [
      'on a closed pull request that still has one',
      '/unhold',
      { facts: { pull: { state: 'closed' }, ledger: hold({ owner: 'ben' }) } },
      'allowed',
    ],
    ['by a reader', '/unhold', { facts: { actor: { role: 'read' } } }, 'not_permitted'],
  ])('%s', (_sentence, text, situation, reason) => {
    expect(answerTo(text, situation)).toBe(reason);
  });
});

describe('/lock', () => {
  test.each<Row>([
    ['a stage', '/lock staging', {}, 'allowed'],
    ['a model', '/lock flight-delay', {}, 'allowed'],
    ['a last stage, with write', '/lock production', {}, 'allowed'],
    ['what is neither', '/lock prod', {}, 'unknown_target'],
    ['a model where a stage is named', '/lock stage:flight-delay', {}, 'unknown_target'],
    ['a stage where a model is named', '/lock model:staging', {}, 'unknown_target'],
    ['what is both', '/lock delay-cause', twin, 'ambiguous_target'],
    ['what is both, with its kind', '/lock stage:delay-cause', twin, 'allowed'],
    ['what somebody has locked', '/lock staging', locks({}), 'already_locked'],
    ['what one has locked oneself', '/lock staging', locks({ owner: 'ben' }), 'already_locked'],
    ['what this very comment has locked', '/lock staging', locks({ owner: 'ben', operation: MINE }), 'allowed'],
    ['where a lock has run out', '/lock staging', locks({ expiresAt: '2026-11-04T10:00:00Z' }), 'allowed'],
    [
      'a stage where a model of the name is locked',
      '/lock stage:delay-cause',
      { ...twin, ...locks({ kind: 'model', name: 'delay-cause' }) },
      'allowed',
    ],
    ['by a triager', '/lock staging', { facts: { actor: { role: 'triage' } } }, 'not_permitted'],
    [
      'a stage that policy gives to a team',
      '/lock production',
      { policy: { commands: { lock: { stages: { production: 'team:ops' } } } } },
      'not_permitted',
    ],
    [
      'another stage than policy gives to a team',
      '/lock staging',
      { policy: { commands: { lock: { stages: { production: 'team:ops' } } } } },
      'allowed',
    ],
    ['on a closed pull request', '/lock staging', { facts: { pull: { state: 'closed' } } }, 'pull_request_closed'],
  ])('%s', (_sentence, text, situation, reason) => {
    expect(answerTo(text, situation)).toBe(reason);
  });

  test('hands on what is locked, why, and until when', () => {
    expect(allowed('/lock production incident 42 --for 2d --keep').action).toEqual({
      kind: 'lock',
      target: { kind: 'stage', name: 'production' },
      reason: 'incident 42',
      expiresAt: '2026-11-06T10:09:58Z',
      keep: true,
    });
  });
});

describe('/unlock', () => {
  test.each<Row>([
    ['one’s own', '/unlock staging', locks({ owner: 'ben' }), 'allowed'],
    ['another’s, with write', '/unlock staging', locks({}), 'others_lock'],
    ['another’s, as a maintainer', '/unlock staging', role('maintain', { locks: [lock()] }), 'allowed'],
    ['where there is none', '/unlock staging', {}, 'not_locked'],
    ['where only another is locked', '/unlock staging', locks({ name: 'production' }), 'not_locked'],
    ['what is neither model nor stage', '/unlock prod', {}, 'unknown_target'],
    ['what the config has dropped since', '/unlock canary', locks({ name: 'canary', owner: 'ben' }), 'allowed'],
    [
      'a model and a stage of one name, both locked',
      '/unlock delay-cause',
      locks({ name: 'delay-cause', owner: 'ben' }, { kind: 'model', name: 'delay-cause', owner: 'ben' }),
      'ambiguous_target',
    ],
    [
      'a model and a stage of one name, one locked',
      '/unlock delay-cause',
      { ...twin, ...locks({ kind: 'model', name: 'delay-cause', owner: 'ben' }) },
      'allowed',
    ],
    [
      'on a closed pull request',
      '/unlock staging',
      { facts: { pull: { state: 'closed' }, ledger: { locks: [lock({ owner: 'ben' })] } } },
      'allowed',
    ],
    [
      'one’s own, as a reader by now',
      '/unlock staging',
      role('read', { locks: [lock({ owner: 'ben' })] }),
      'not_permitted',
    ],
  ])('%s', (_sentence, text, situation, reason) => {
    expect(answerTo(text, situation)).toBe(reason);
  });
});
