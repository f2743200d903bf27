import { describe, expect, test } from 'vitest';
import { answerTo, decisionOn, type Situation } from './samples.ts';

const BOT: Situation = { facts: { comment: { author: 'renovate[bot]', authorType: 'Bot', authorId: 99 } } };
const named = (grants: unknown): Situation => ({ ...BOT, policy: { commands: { train: grants } } });

describe('which comments are read', () => {
  test.each<[string, string, Situation, string]>([
    ['a comment of the conversation', '/train', {}, 'allowed'],
    ['a comment on an issue', '/train', { facts: { comment: { kind: 'issue' } } }, 'not_a_pull_request'],
    ['the body of a review', '/train', { facts: { comment: { kind: 'review' } } }, 'review_not_read'],
    ['a review thread', '/train', { facts: { comment: { kind: 'review_thread' } } }, 'review_not_read'],
    ['an edited comment', '/train', { facts: { comment: { edited: true } } }, 'comment_edited'],
    [
      'an edited comment of an admin',
      '/train',
      { facts: { comment: { edited: true }, actor: { role: 'admin' } } },
      'comment_edited',
    ],
    ['an edited typo', '/trian', { facts: { comment: { edited: true } } }, 'comment_edited'],
    [
      'our own comment',
      '/train',
      { facts: { comment: { author: 'trainyard[bot]', authorType: 'Bot' } } },
      'own_comment',
    ],
    [
      'our own, in other letters',
      '/train',
      { facts: { comment: { author: 'Trainyard[bot]', authorType: 'Bot' } } },
      'own_comment',
    ],
    [
      'our own, though policy names us',
      '/train',
      {
        facts: { comment: { author: 'trainyard[bot]', authorType: 'Bot' } },
        policy: { commands: { train: 'user:trainyard[bot]' } },
      },
      'own_comment',
    ],
    [
      'a button of a check',
      `/retry flight-delay @${'a'.repeat(39)}1`,
      { facts: { comment: { kind: 'button' } } },
      'nothing_to_retry',
    ],
  ])('%s', (_sentence, text, situation, expected) => {
    expect(answerTo(text, situation)).toBe(expected);
  });

  test('what is left alone asks for no fact at all', () => {
    const nothing = { actor: undefined, pull: undefined, ledger: undefined, plan: undefined, runs: undefined };
    for (const comment of [{ edited: true }, { kind: 'issue' }, { kind: 'review' }, { author: 'trainyard[bot]' }])
      expect(decisionOn('/train', { facts: { ...nothing, comment } }).verdict).toBe('ignored');
  });
});

describe('bots', () => {
  test.each<[string, string, Situation, string]>([
    ['a bot that policy does not name', '/train', BOT, 'comment_by_bot'],
    ['a bot that is an admin', '/train', { facts: { ...BOT.facts, actor: { role: 'admin' } } }, 'comment_by_bot'],
    ['a bot that policy names', '/train', named('user:renovate[bot]'), 'allowed'],
    ['a bot that policy names, in other letters', '/train', named('user:Renovate[bot]'), 'allowed'],
    ['a bot that policy names with its id', '/train', named('user:renovate[bot]#99'), 'allowed'],
    ['a bot that policy names with another id', '/train', named('user:renovate[bot]#98'), 'comment_by_bot'],
    [
      'a bot named for one model, for that model',
      '/train flight-delay',
      named({ any: 'user:renovate[bot]', models: { 'flight-delay': 'user:renovate[bot]' } }),
      'allowed',
    ],
    [
      'a bot named for one model, for another',
      '/train delay-cause',
      named({ any: 'maintain', models: { 'flight-delay': 'user:renovate[bot]' } }),
      'not_permitted',
    ],
    ['a bot named for another command', '/validate', named('user:renovate[bot]'), 'comment_by_bot'],
    ['a bot named without its suffix', '/train', named('user:renovate'), 'comment_by_bot'],
    ['a bot asking for help', '/help', named('user:renovate[bot]'), 'comment_by_bot'],
    ['a bot’s typo', '/trian', named('user:renovate[bot]'), 'comment_by_bot'],
    [
      'a person named like a bot',
      '/train',
      { ...named('user:renovate[bot]'), facts: { comment: { author: 'renovate[bot]', authorType: 'User' } } },
      'comment_by_bot',
    ],
    [
      'a bot without the suffix',
      '/train',
      {
        policy: { commands: { train: 'user:renovate' } },
        facts: { comment: { author: 'renovate', authorType: 'Bot' } },
      },
      'comment_by_bot',
    ],
    ['neither person nor bot', '/train', { facts: { comment: { authorType: 'Other' } } }, 'comment_by_bot'],
    ['a bot, where there is no config', '/train', { ...BOT, base: { kind: 'absent' } }, 'comment_by_bot'],
    [
      'a bot, where the config cannot be had',
      '/train',
      { ...named('user:renovate[bot]'), facts: { ...BOT.facts, unavailable: ['base'] } },
      'comment_by_bot',
    ],
  ])('%s', (_sentence, text, situation, expected) => {
    expect(answerTo(text, situation)).toBe(expected);
  });
});

describe('lines that are no command', () => {
  test.each<[string, string, string]>([
    ['a typo', '/trian flight-delay', 'unknown_command'],
    ['a name with more behind it', '/trainfoo', 'unknown_command'],
    ['a quote that is never closed', "/train 'flight-delay", 'bad_quoting'],
    ['an unknown flag', '/train --frce', 'bad_arguments'],
    ['an override without a reason', '/override roc_auc', 'reason_missing'],
  ])('%s is answered with its usage', (_sentence, text, reason) => {
    expect(answerTo(text)).toBe(reason);
  });

  test('a typo costs no fact', () => {
    const facts = { actor: undefined, pull: undefined, ledger: undefined };
    expect(answerTo('/trian', { facts })).toBe('unknown_command');
  });

  test('its example names this repository’s own model', () => {
    expect(decisionOn('/trian')).toMatchObject({ example: '/train flight-delay --set learning_rate=0.1' });
  });

  test('without the config, it has the example of the usage', () => {
    expect(decisionOn('/trian', { base: { kind: 'absent' } })).toMatchObject({
      example: '/train flight-delay --set learning_rate=0.2',
    });
  });
});
