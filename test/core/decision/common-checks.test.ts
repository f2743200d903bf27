import { describe, expect, test } from 'vitest';
import { decide } from '../../../core/decision/decide.ts';
import type { FactName } from '../../../core/decision/facts.ts';
import { and, answerTo, FORK, gathered, LINES, requestFor, type Situation } from './samples.ts';

/** What holds for many commands alike, each with a line that is allowed but for the one thing. */

const NAMES = Object.keys(LINES);
const WITHOUT_LEDGER = ['validate', 'cancel', 'status', 'help'];
const ABOUT_THE_FORK = ['train', 'evaluate', 'retry', 'ok-to-train'];

function situationOf(name: string): readonly [text: string, situation: Situation] {
  const [text, facts] = LINES[name] ?? ['', {}];
  const able = { ...facts, actor: { role: 'maintain' } };
  return [text, name === 'ok-to-train' ? and(FORK, able) : { facts: able }];
}

describe.each(NAMES)('/%s', (name) => {
  const [text, situation] = situationOf(name);

  test('is allowed', () => {
    expect(answerTo(text, situation)).toBe('allowed');
  });

  test('of somebody without a role is refused before anything else is asked', () => {
    const { asked, decision } = gathered(requestFor(text, and(situation, { actor: { role: 'none' } })));
    expect(decision).toMatchObject({ reason: 'not_permitted', example: null });
    const expected: FactName[] = name === 'status' || name === 'help' ? ['actor'] : ['base', 'actor'];
    expect(asked).toEqual(expected);
  });

  test('without a config is refused, but where nothing is done', () => {
    const expected = name === 'status' || name === 'help' ? 'allowed' : 'no_policy';
    expect(answerTo(text, { ...situation, base: { kind: 'absent' } })).toBe(expected);
  });

  test('where our key is not in policy is refused, if it would be signed', () => {
    const expected = WITHOUT_LEDGER.includes(name) ? 'allowed' : 'signing_key_unknown';
    expect(answerTo(text, { ...situation, signerNamed: false })).toBe(expected);
  });

  test('where the ledger cannot be trusted is refused, if it would be signed', () => {
    const expected = WITHOUT_LEDGER.includes(name) ? 'allowed' : 'ledger_untrusted';
    expect(answerTo(text, and(situation, { ledger: { trusted: false } }))).toBe(expected);
  });

  test('given by button or by comment, is decided alike', () => {
    const request = requestFor(text, situation);
    const comment = { ...request.facts.comment, kind: 'button' } as const;
    expect(decide({ ...request, facts: { ...request.facts, comment } })).toEqual(decide(request));
  });
});

test.each(ABOUT_THE_FORK)(
  '/%s on a fork is refused where policy denies forks, before its head is looked at',
  (name) => {
    const [text, facts] = LINES[name] ?? ['', {}];
    const { asked, decision } = gathered(requestFor(text, { facts: and({ facts: FORK.facts }, facts).facts ?? {} }));
    expect(decision).toMatchObject({ reason: 'fork_denied' });
    expect(asked).toEqual(['base', 'actor', 'pull']);
  },
);

test.each(NAMES.filter((name) => !['train', 'promote', 'rollback', 'status', 'help'].includes(name)))(
  '/%s from a terminal is refused: it is about a pull request',
  (name) => {
    const [text, situation] = situationOf(name);
    expect(answerTo(text, and(situation, { comment: { kind: 'request' } }))).toBe('not_a_pull_request');
  },
);
