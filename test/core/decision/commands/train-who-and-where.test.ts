import { describe, expect, test } from 'vitest';
import { decide } from '../../../../core/decision/decide.ts';
import type { Instant } from '../../../../core/names.ts';
import { allowed, and, answerTo, FORK, HEAD, OLD_HEAD, refused, requestFor, type Situation } from '../samples.ts';

type Row = [sentence: string, text: string, situation: Situation, reason: string];

const actor = (role: string, teams: string[] = []) => ({ actor: { role, teams } });
const sighted = (...seen: [sha: string, at: string, sender: string][]): Situation => ({
  facts: {
    sightings: seen.map(([sha, at, sender]) => ({
      sha,
      headRepository: 'acme/flights',
      at: `2026-11-04T${at}Z`,
      sender,
    })),
  },
});

describe('who may train', () => {
  test.each<Row>([
    ['somebody with write', '/train', {}, 'allowed'],
    ['a maintainer', '/train', { facts: actor('maintain') }, 'allowed'],
    ['somebody with triage', '/train', { facts: actor('triage') }, 'not_permitted'],
    ['a reader', '/train', { facts: actor('read') }, 'not_permitted'],
    ['a stranger', '/train', { facts: actor('none') }, 'not_permitted'],
    [
      'a reader in the team that policy names',
      '/train',
      { facts: actor('read', ['ml']), policy: { commands: { train: 'team:ml' } } },
      'allowed',
    ],
    [
      'an admin outside of the team',
      '/train',
      { facts: actor('admin'), policy: { commands: { train: 'team:ml' } } },
      'not_permitted',
    ],
    [
      'a user named with another id: the login has changed hands',
      '/train',
      { policy: { commands: { train: 'user:ben#8' } } },
      'not_permitted',
    ],
    ['a user named with their id', '/train', { policy: { commands: { train: 'user:ben#7' } } }, 'allowed'],
    [
      'write, where the named model asks for maintain',
      '/train flight-delay',
      { policy: { commands: { train: { models: { 'flight-delay': 'maintain' } } } } },
      'not_permitted',
    ],
    [
      'write, where the affected model asks for maintain and is not named',
      '/train',
      { policy: { commands: { train: { models: { 'flight-delay': 'maintain' } } } } },
      'not_permitted',
    ],
    [
      'write, where only another model asks for maintain',
      '/train',
      { policy: { commands: { train: { models: { 'delay-cause': 'maintain' } } } } },
      'allowed',
    ],
    [
      'write, where one of two named models asks for maintain',
      '/train flight-delay delay-cause',
      { policy: { commands: { train: { models: { 'delay-cause': 'maintain' } } } } },
      'not_permitted',
    ],
    ['no config on the default branch', '/train', { base: { kind: 'absent' } }, 'no_policy'],
    [
      'a config that cannot be read',
      '/train',
      { base: { kind: 'unreadable', problems: ['line 3: bad'] } },
      'policy_unreadable',
    ],
    ['a signing key that policy does not name', '/train', { signerNamed: false }, 'signing_key_unknown'],
  ])('%s', (_sentence, text, situation, reason) => {
    expect(answerTo(text, situation)).toBe(reason);
  });
});

describe('on which pull request', () => {
  test.each<Row>([
    ['a closed one', '/train', { facts: { pull: { state: 'closed' } } }, 'pull_request_closed'],
    ['a merged one', '/train', { facts: { pull: { state: 'closed', merged: true } } }, 'pull_request_closed'],
    [
      'one that calls itself open and is merged',
      '/train',
      { facts: { pull: { merged: true } } },
      'pull_request_closed',
    ],
    [
      'one into another branch, which promotes nothing',
      '/train',
      { facts: { pull: { base: { ref: 'release' } } } },
      'allowed',
    ],
    ['a fork, where policy says nothing', '/train', { facts: FORK.facts }, 'fork_denied'],
    [
      'a fork, where policy denies forks',
      '/train',
      { ...FORK, policy: { ...FORK.policy, forks: 'deny' } },
      'fork_denied',
    ],
    [
      'a fork, where policy names no runner for forks',
      '/train',
      { ...FORK, policy: { forks: 'ok-to-train' } },
      'fork_denied',
    ],
    ['a fork, where there is no App', '/train', and(FORK, { app: false }), 'fork_denied'],
    ['a fork without approval', '/train', and(FORK, { ledger: { okToTrain: [] } }), 'fork_not_approved'],
    [
      'a fork whose earlier head was approved',
      '/train',
      and(FORK, { ledger: { okToTrain: [OLD_HEAD] } }),
      'fork_not_approved',
    ],
    ['a fork whose very head was approved', '/train', FORK, 'allowed'],
    ['a fork whose head was approved, by a reader', '/train', and(FORK, { actor: { role: 'read' } }), 'not_permitted'],
  ])('%s', (_sentence, text, situation, reason) => {
    expect(answerTo(text, situation)).toBe(reason);
  });

  test('a fork trains on the runners for forks alone', () => {
    const { action } = allowed('/train --gpu a100', {
      ...FORK,
      policy: { ...FORK.policy, gpus: ['a100'], runners: { fork: 'fork-runner', gpus: { a100: 'gpu-runner' } } },
    });
    expect(action).toMatchObject({ trainings: [{ runner: ['fork-runner'], trust: 'fork' }] });
  });
});

describe('which commit', () => {
  test.each<Row>([
    ['a head that somebody else pushed a minute before', '/train', sighted([HEAD, '10:08:58', 'ada']), 'allowed'],
    ['a head that somebody else pushed 59 s before', '/train', sighted([HEAD, '10:08:59', 'ada']), 'head_too_fresh'],
    ['a head that the commenter pushed a second before', '/train', sighted([HEAD, '10:09:57', 'ben']), 'allowed'],
    ['a head that came after the comment', '/train', sighted([HEAD, '10:09:59', 'ada']), 'head_moved'],
    ['a head that no delivery has shown', '/train', sighted([OLD_HEAD, '10:00:00', 'ada']), 'head_not_sighted'],
    [
      'the head, named whole though no delivery has shown it',
      `/train @${HEAD}`,
      sighted([OLD_HEAD, '10:00:00', 'ada']),
      'allowed',
    ],
    [
      'the head, abbreviated though no delivery has shown it',
      `/train @${HEAD.slice(0, 12)}`,
      sighted([OLD_HEAD, '10:00:00', 'ada']),
      'sha_not_sighted',
    ],
    [
      'the head, named while it is fresh',
      `/train @${HEAD.slice(0, 12)}`,
      sighted([HEAD, '10:09:57', 'ada']),
      'allowed',
    ],
    ['an earlier head, named', `/train @${OLD_HEAD}`, {}, 'head_moved'],
    ['a commit that was never a head', `/train @${'c'.repeat(40)}`, {}, 'sha_not_sighted'],
    [
      'a commit that two heads begin with',
      '/train @aaaaaaa',
      sighted([HEAD, '10:00:00', 'ada'], [`${'a'.repeat(39)}2`, '09:00:00', 'ada']),
      'ambiguous_sha',
    ],
    [
      'the whole head named, after its repository was renamed',
      `/train @${HEAD}`,
      { facts: { pull: { head: { sha: HEAD, repository: 'acme/other' } } } },
      'allowed',
    ],
    [
      'the head as another pull request’s sightings show it',
      '/train',
      {
        facts: {
          sightings: [
            { pullRequest: 13, sha: HEAD, headRepository: 'acme/flights', at: '2026-11-04T10:00:00Z', sender: 'ada' },
          ],
        },
      },
      'head_not_sighted',
    ],
    [
      'a head of another repository than now',
      '/train',
      { facts: { pull: { head: { sha: HEAD, repository: 'acme/other' } } } },
      'head_not_sighted',
    ],
  ])('%s', (_sentence, text, situation, reason) => {
    expect(answerTo(text, situation)).toBe(reason);
  });

  test('the line to repeat keeps everything and names the whole head', () => {
    const { example } = refused('/train flight-delay --set epochs=20 --force', sighted([HEAD, '10:09:50', 'ada']));
    expect(example).toBe(`/train flight-delay --set epochs=20 --force @${HEAD}`);
  });

  test('a time that cannot be read binds nothing', () => {
    const request = requestFor('/train');
    // A caller that did not parse its facts.
    const comment = { ...request.facts.comment, createdAt: 'yesterday' as Instant };
    expect(decide({ ...request, facts: { ...request.facts, comment } })).toMatchObject({ reason: 'time_unreadable' });
  });
});
