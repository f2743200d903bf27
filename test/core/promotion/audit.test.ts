import { describe, expect, test } from 'vitest';
import { foldLedger } from '../../../core/ledger/fold.ts';
import { ModelName } from '../../../core/names.ts';
import {
  type Audit,
  type AuditedTag,
  auditTags,
  LEDGER_TRAILER,
  ledgerTrailer,
} from '../../../core/promotion/audit.ts';
import { entriesOf, ranEntry, stageEntry, versionEntry } from '../ledger/samples.ts';
import { COMMIT, gitId, MODEL, makeKey } from '../samples.ts';

const ledger = foldLedger(entriesOf([ranEntry(), versionEntry('1.0.0'), stageEntry('staging', '1.0.0', 1)], makeKey()));
const ledgerCommits = [gitId('third'), gitId('second'), gitId('first')];
const tag = (name: string, changes: Partial<AuditedTag> = {}): AuditedTag => ({
  name,
  target: COMMIT,
  message: `${LEDGER_TRAILER}: ${gitId('second')}`,
  ...changes,
});
const ours = [tag('flight-delay@v1.0.0'), tag('flight-delay#staging#1')];

function found(tags: readonly AuditedTag[], changes: Partial<Audit> = {}): string[] {
  return auditTags({ model: MODEL, ledger, tags, ledgerCommits, ...changes }).map(
    ({ reason, tag: name }) => `${reason} ${name}`,
  );
}

test('tags that the ledger asks for are in order', () => {
  expect(found(ours)).toEqual([]);
});

describe('freezes', () => {
  test.each<[string, readonly AuditedTag[], string[]]>([
    [
      'a stage pushed by hand',
      [...ours, tag('flight-delay#production#9', { message: '' })],
      ['tag_unsigned flight-delay#production#9'],
    ],
    [
      'a stage pushed by hand with a used counter',
      [...ours, tag('flight-delay#production#1', { message: '' })],
      ['tag_unsigned flight-delay#production#1'],
    ],
    [
      'a stage without a counter',
      [...ours, tag('flight-delay#staging', { message: '' })],
      ['tag_unsigned flight-delay#staging'],
    ],
    [
      'a version pushed by hand',
      [...ours, tag('flight-delay@v2.0.0', { message: '' })],
      ['tag_unsigned flight-delay@v2.0.0'],
    ],
    [
      'a version that GTO reads and we never write',
      [...ours, tag('flight-delay@v1.0.0-rc.1')],
      ['tag_unsigned flight-delay@v1.0.0-rc.1'],
    ],
    ['a version with a counter', [...ours, tag('flight-delay@v1.0.0#7')], ['tag_unsigned flight-delay@v1.0.0#7']],
    ['a version withdrawn by hand', [...ours, tag('flight-delay@v1.0.0!')], ['tag_unsigned flight-delay@v1.0.0!']],
    ['a stage taken back by hand', [...ours, tag('flight-delay#staging!#2')], ['tag_unsigned flight-delay#staging!#2']],
    ['a deprecation by hand', [...ours, tag('flight-delay@deprecated')], ['tag_unsigned flight-delay@deprecated']],
    ['a version tag that is gone', ours.slice(1), ['tag_missing flight-delay@v1.0.0']],
    ['all tags gone', [], ['tag_missing flight-delay@v1.0.0', 'tag_missing flight-delay#staging#1']],
    [
      'a version tag that was moved',
      [tag('flight-delay@v1.0.0', { target: gitId('else') }), ...ours.slice(1)],
      ['tag_moved flight-delay@v1.0.0'],
    ],
    [
      'a tag that knows a later ledger',
      [...ours, tag('flight-delay#staging#2', { message: `x\n\n${LEDGER_TRAILER}: ${gitId('fourth')}` })],
      ['ledger_rewound flight-delay#staging#2'],
    ],
    [
      'a tag of ours whose ledger head is gone',
      [tag('flight-delay@v1.0.0', { message: `${LEDGER_TRAILER}: ${gitId('x')}` }), ...ours.slice(1)],
      ['ledger_rewound flight-delay@v1.0.0'],
    ],
  ])('%s', (_, tags, expected) => {
    expect(found(tags)).toEqual(expected);
  });

  test('every model that has tags, when the ledger is gone', () => {
    expect(found(ours, { ledger: foldLedger([]), ledgerCommits: [] })).toEqual([
      'ledger_rewound flight-delay@v1.0.0',
      'ledger_rewound flight-delay#staging#1',
    ]);
  });
});

describe('does not freeze', () => {
  test.each<[string, readonly AuditedTag[]]>([
    ["another model's tag", [...ours, tag('other#production#9')]],
    ['a model whose name begins alike', [...ours, tag('flight-delay-2@v1.0.0')]],
    ['a tag that GTO does not read', [...ours, tag('v1.0.0'), tag('flight-delay@latest'), tag('flight-delay')]],
    ['an artifact of the same name in another folder', [...ours, tag('dir=flight-delay@v9.0.0')]],
  ])('%s', (_, tags) => {
    expect(found(tags)).toEqual([]);
  });

  test('a tag that a promotion is about to make', () => {
    expect(found(ours.slice(0, 1), { pending: new Set(['flight-delay#staging#1']) })).toEqual([]);
  });

  test('a model without entries and tags', () => {
    expect(found(ours, { model: ModelName.parse('other') })).toEqual([]);
  });
});

test('what was found is said in words, and fits the ledger', () => {
  const [freeze] = auditTags({
    model: MODEL,
    ledger,
    tags: [...ours, tag(`flight-delay#${'x'.repeat(480)}`)],
    ledgerCommits,
  });
  expect(freeze?.found).toMatch(/^no signed entry of the ledger stands behind the tag flight-delay#x/);
  expect(freeze?.found.length).toBeLessThanOrEqual(500);
});

test.each([
  ['', null],
  ['a tag', null],
  [`title\n\n${LEDGER_TRAILER}: abc\n`, 'abc'],
  [`${LEDGER_TRAILER}: a\r\n${LEDGER_TRAILER}: b`, 'b'],
  [`see ${LEDGER_TRAILER}: abc`, null],
])('the trailer of %j is %j', (message, expected) => {
  expect(ledgerTrailer(message)).toBe(expected);
});
