import { describe, expect, test } from 'vitest';
import { commandIn, expectRefused, only } from '../reading.ts';

const hold = (reason: string, expiresIn: number | null = null) => ({ name: 'hold', reason, expiresIn });

describe('the reason of a hold is', () => {
  test.each<[string, string, unknown]>([
    ['nothing', '/hold', hold('')],
    ['its words', '/hold waiting for labels', hold('waiting for labels')],
    ['its words with one space between them', '/hold  a \t b ', hold('a b')],
    ['what stands in quotes', '/hold "a  b"', hold('a b')],
    ['words and quotes together', '/hold a "b c" d', hold('a b c d')],
    ['an empty quote', '/hold ""', hold('')],
    ['spaces alone', '/hold "  "', hold('')],
    ['an apostrophe in double quotes', `/hold "don't merge"`, hold("don't merge")],
    ['an escaped apostrophe', "/hold don\\'t merge", hold("don't merge")],
    ['a mention, which is nothing but text', '/hold ask @ada first', hold('ask @ada first')],
    ['a number of an issue', '/hold see #42', hold('see #42')],
    ['a lone hyphen between words', '/hold broken - see below', hold('broken - see below')],
    ['a dash between words', '/hold broken – see below', hold('broken – see below')],
    ['a flag in quotes', '/hold the "--for" flag', hold('the --for flag')],
    ['a flag behind --', '/hold --for 2h -- --for nothing', hold('--for nothing', 7200)],
    ['a hyphenated word', '/hold re-run it', hold('re-run it')],
    ['a flag with a long dash in quotes', '/hold "—for" ever', hold('—for ever')],
    ['a word behind a long dash', '/hold wait —please', hold('wait —please')],
    ['a commit in quotes', '/hold "@abcdef1" is broken', hold('@abcdef1 is broken')],
    ['a commit within text', '/hold since abcdef1', hold('since abcdef1')],
    ['cancel in quotes', '/hold "cancel"', hold('cancel')],
    ['words that begin with cancel', '/hold cancel the run first', hold('cancel the run first')],
    ['HTML, which is nothing but text', '/hold a\\<b>c', hold('a<b>c')],
    ['a pipe', '/hold a | b', hold('a | b')],
    ['any script', '/hold ждём данных', hold('ждём данных')],
    ['exactly 300 characters', `/hold ${'x'.repeat(300)}`, hold('x'.repeat(300))],
    ['found before a flag', '/hold a b --for 30m', hold('a b', 1800)],
    ['found after a flag', '/hold --for 30m a b', hold('a b', 1800)],
    ['found around a flag', '/hold a --for=1d b', hold('a b', 86_400)],
  ])('%s', (_, body, command) => {
    expect(commandIn(body)).toEqual(command);
  });
});

describe('a hold is refused with', () => {
  test.each<[string, string, RegExp]>([
    ['a reason of 301 characters', `/hold ${'x'.repeat(301)}`, /at most 300 characters, got 301/],
    ['an unknown flag', '/hold --until tomorrow', /unknown flag "--until".*a word of the reason .* in quotes/],
    ['a short flag', '/hold -m reason', /unknown flag "-m"/],
    ['a flag with a long dash, which would never end the hold', '/hold wait —for 2h', /two hyphens: --for/],
    ['a word with a hyphen before it', '/hold -1 from me', /unknown flag "-1"/],
    ['--keep, which is of locks', '/hold --keep', /unknown flag "--keep"/],
    ['a commit', '/hold @abcdef1', /\/hold means no commit/],
    ['a commit among its words', '/hold not @abcdef1 again', /\/hold means no commit/],
    ['a time that is none', '/hold --for ever', /such as 30m, 2h or 3d/],
    ['two times', '/hold --for 1h --for 1h', /given twice/],
  ])('%s', (_, body, message) => {
    expectRefused(body, message);
  });

  test.each(['cancel', 'CANCEL', 'off', 'release', 'remove', 'false'])(
    'the word %s, which elsewhere releases a hold, and /unhold is named',
    (word) => {
      expect(only(`/hold ${word}`)).toMatchObject({
        kind: 'error',
        code: 'bad_arguments',
        message: expect.stringContaining(`to release a hold write /unhold; a hold with the reason "${word}"`),
        usage: '/unhold',
        example: '/unhold',
      });
    },
  );

  test('an apostrophe that opens a quote, and how to write it is said', () => {
    expectRefused("/hold don't merge", /the quote ' is never closed; an apostrophe is written/, 'bad_quoting');
  });
});

describe('/unhold', () => {
  test('is read alone', () => {
    expect(commandIn('/unhold')).toEqual({ name: 'unhold' });
  });

  test.each<[string, string, RegExp]>([
    ['words', '/unhold please', /expected nothing after \/unhold, got "please"/],
    ['a flag', '/unhold --force', /takes none/],
    ['a commit', '/unhold @abcdef1', /\/unhold means no commit/],
  ])('refuses %s', (_, body, message) => {
    expectRefused(body, message);
  });
});

describe('an override is read', () => {
  const override = (rest: object) => ({
    name: 'override',
    gate: { model: null, metric: 'roc_auc' },
    sha: null,
    ...rest,
  });
  test.each<[string, string, unknown]>([
    ['with its reason', '/override roc_auc small holdout', override({ reason: 'small holdout' })],
    ['with its model', '/override m/f1 x', override({ gate: { model: 'm', metric: 'f1' }, reason: 'x' })],
    ['with a metric of capitals', '/override F1 x', override({ gate: { model: null, metric: 'F1' }, reason: 'x' })],
    [
      'with an @ in the metric',
      '/override recall@10 x',
      override({ gate: { model: null, metric: 'recall@10' }, reason: 'x' }),
    ],
    ['with a commit at the end', '/override roc_auc x @abcdef1', override({ reason: 'x', sha: 'abcdef1' })],
    ['with a commit at the beginning', '/override @ABCDEF1 roc_auc x', override({ reason: 'x', sha: 'abcdef1' })],
    [
      'with a commit in its reason, in quotes',
      '/override roc_auc as in "@abcdef1"',
      override({ reason: 'as in @abcdef1' }),
    ],
    ['with a mention in its reason', '/override roc_auc @ada agrees', override({ reason: '@ada agrees' })],
  ])('%s', (_, body, command) => {
    expect(commandIn(body)).toEqual(command);
  });
});

describe('an override is refused', () => {
  test.each<[string, string, RegExp]>([
    ['without a gate', '/override', /the metric of a failed gate and a reason, got nothing/],
    ['with two slashes', '/override a/b/c x', /the metric of a failed gate, or model\/metric, got "a\/b\/c"/],
    ['with an empty model', '/override /f1 x', /the metric of a failed gate/],
    ['with an empty metric', '/override m/ x', /the metric of a failed gate/],
    ['with a model in capitals', '/override M/f1 x', /the metric of a failed gate/],
    ['with a metric that begins with a digit', '/override 1f x', /the metric of a failed gate/],
    ['with two commits', '/override f1 x @abcdef1 @abcdef2', /more than one @sha/],
    ['with a flag', '/override f1 --force x', /unknown flag "--force".*in quotes/],
    ['with a reason that is too long', `/override f1 ${'x '.repeat(200)}`, /at most 300 characters/],
  ])('%s', (_, body, message) => {
    expectRefused(body, message);
  });

  test.each([
    ['no reason', '/override f1'],
    ['an empty reason', '/override f1 ""'],
    ['a reason of spaces', '/override f1 "   "'],
    ['a commit alone', '/override f1 @abcdef1'],
  ])('with %s, since a reason is needed', (_, body) => {
    expectRefused(body, /expected a reason after "f1", got nothing/, 'reason_missing');
  });
});
