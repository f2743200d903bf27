import { describe, expect, test } from 'vitest';
import { COMMAND_NAMES } from '../../../core/commands/registry.ts';
import { withBlock } from '../../../scripts/docs-block.ts';
import { reasonTable } from '../../../scripts/docs-outcomes.ts';
import { codeIn, tableAfter, textOf } from '../../docs/pages.ts';
import {
  allowed,
  and,
  answerTo,
  type Change,
  decisionOn,
  FORK,
  HEAD,
  LINES,
  OLD_HEAD,
  type Situation,
} from './samples.ts';

const PAGE = 'docs/outcomes.md';

test('the page lists the reasons as the code has them', () => {
  const page = textOf(PAGE);
  expect(withBlock(page, reasonTable())).toBe(page);
});

test('every reason that the page names is one', () => {
  const reasons = tableAfter(PAGE, '## Why a command was allowed, refused or left alone').flatMap(([reason = '']) =>
    codeIn(reason),
  );
  const named = [...textOf(PAGE).matchAll(/\(`([a-z_]+)`[,)]/g)].map(([, reason]) => reason);
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((reason) => !reasons.includes(`${reason}`))).toEqual([]);
});

const rows = tableAfter(PAGE, '### What each command asks for');

test('every command has a row', () => {
  expect(rows.map(([command = '']) => codeIn(command)[0]?.slice(1)).sort()).toEqual([...COMMAND_NAMES].sort());
});

describe.each(rows)('%s', (command, role, closed, fork, bound) => {
  const name = codeIn(command)[0]?.slice(1) ?? '';
  const [text, facts] = LINES[name] ?? ['', {}];
  /** An approval is of a fork alone. */
  const plain: Situation = name === 'ok-to-train' ? and(FORK, facts) : { facts };
  const by = (who: string, situation: Situation): Situation => and(situation, { actor: { role: who } });

  test(`needs ${role}`, () => {
    const able = ['none', 'read', 'triage', 'write', 'maintain'].filter(
      (who) => decisionOn(text, by(who, plain)).verdict === 'allowed',
    );
    expect(able[0]).toBe(role);
  });

  test(`is ${closed} on a closed pull request`, () => {
    const verdict = decisionOn(text, by('maintain', and(plain, { pull: { state: 'closed' } }))).verdict;
    expect(verdict).toBe(closed);
  });

  test(`is ${fork} on a fork`, () => {
    const forked = { policy: FORK.policy, facts: and(FORK, facts).facts ?? {} };
    const approved = by('maintain', and(forked, { ledger: { okToTrain: [HEAD], ...ledgerOf(facts) } }));
    const other = by('maintain', and(forked, { ledger: { okToTrain: [OLD_HEAD], ...ledgerOf(facts) } }));
    const expected =
      fork === 'refused'
        ? ['refused', 'refused']
        : fork === 'allowed'
          ? ['allowed', 'allowed']
          : ['allowed', 'refused'];
    expect([decisionOn(text, approved).verdict, decisionOn(text, other).verdict]).toEqual(expected);
  });

  test(`${bound === 'yes' ? 'is' : 'is not'} bound to the head`, () => {
    expect(allowed(text, by('maintain', plain)).sha).toBe(bound === 'yes' ? HEAD : null);
    const unseen = answerTo(text, by('maintain', and(plain, { sightings: [] })));
    if (bound === 'no') expect(unseen).toBe('allowed');
  });
});

function ledgerOf(facts: Change): object {
  const ledger = facts['ledger'];
  return typeof ledger === 'object' && ledger !== null ? ledger : {};
}
