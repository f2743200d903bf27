import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EMPTY_MODEL, type ModelState } from '../../../core/ledger/fold.ts';
import { ModelName, StageName, Version } from '../../../core/names.ts';
import {
  formatStageTag,
  formatVersionTag,
  nextCounter,
  nextVersion,
  parseGtoTag,
  parseModelVersion,
} from '../../../core/promotion/gto.ts';
import { COMMIT, runId, sha256 } from '../samples.ts';

describe('GTO reads', () => {
  test.each<[string, object]>([
    ['model@v1.2.0', { action: 'register', artifact: 'model', version: '1.2.0', counter: null }],
    ['model@v1.2.0!', { action: 'deregister', artifact: 'model', version: '1.2.0' }],
    ['model@v1.2.0#3', { action: 'register', version: '1.2.0', counter: 3 }],
    ['model@v1.2.0!#3', { action: 'deregister', version: '1.2.0', counter: 3 }],
    ['model@v1.2.0-rc.1+b5', { action: 'register', version: '1.2.0-rc.1+b5' }],
    ['model#prod#4', { action: 'assign', artifact: 'model', stage: 'prod', counter: 4 }],
    ['model#prod', { action: 'assign', stage: 'prod', counter: null }],
    ['model#prod!#4', { action: 'unassign', stage: 'prod', counter: 4 }],
    ['model#prod!', { action: 'unassign', stage: 'prod', counter: null }],
    ['model@deprecated', { action: 'deprecate', artifact: 'model', counter: null }],
    ['model@deprecated#2', { action: 'deprecate', counter: 2 }],
    ['model@created#1', { action: 'create', counter: 1 }],
    ['a/b_c-D#qa/eu#1', { action: 'assign', artifact: 'a/b_c-D', stage: 'qa/eu', counter: 1 }],
    ['some.dir/x=model@v0.0.1', { action: 'register', artifact: 'some.dir/x=model' }],
    ['model#9#9', { action: 'assign', stage: '9', counter: 9 }],
  ])('%s', (name, tag) => {
    expect(parseGtoTag(name)).toMatchObject(tag);
  });
});

describe('GTO does not read', () => {
  test.each([
    'v1.0.0',
    'model',
    'model@1.0.0',
    'model@v1.0',
    'model@v01.0.0',
    'model@v1.0.0!!',
    'model#',
    'model##1',
    '-model@v1.0.0',
    'model-@v1.0.0',
    'model@v1.0.0\n',
    ' model@v1.0.0',
    'mödel@v1.0.0',
    'model#prod#',
    'model#prod#x',
    'model@removed',
    '',
    `${'a'.repeat(600)}@v1.0.0`,
  ])('%j', (name) => {
    expect(parseGtoTag(name)).toBeNull();
  });
});

test('what we write is read back', () => {
  const name = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/);
  const part = fc.nat(999);
  fc.assert(
    fc.property(name, name, fc.tuple(part, part, part), fc.nat(10_000), (model, stage, version, counter) => {
      const digits = version.join('.');
      expect(parseGtoTag(formatVersionTag(ModelName.parse(model), Version.parse(digits)))).toMatchObject({
        action: 'register',
        artifact: model,
        version: digits,
      });
      expect(parseGtoTag(formatStageTag(ModelName.parse(model), StageName.parse(stage), counter))).toMatchObject({
        action: 'assign',
        artifact: model,
        stage,
        counter,
      });
    }),
  );
});

test('names that would make a search explode are read at once', () => {
  const start = performance.now();
  parseGtoTag(`${'a-'.repeat(249)}!`);
  parseGtoTag(`${'a/'.repeat(249)}=`);
  expect(performance.now() - start).toBeLessThan(5000);
});

describe('the next version', () => {
  const after = (...versions: string[]): ModelState => ({
    ...EMPTY_MODEL,
    versions: versions.map((version) => ({
      version: Version.parse(version),
      run: runId(1),
      package: sha256('p'),
      commit: COMMIT,
      entryDigest: sha256('e'),
    })),
  });

  test.each<[string[], 'major' | 'minor' | 'patch' | undefined, string]>([
    [[], undefined, '1.0.0'],
    [[], 'patch', '1.0.0'],
    [['1.0.0'], undefined, '1.1.0'],
    [['1.9.0'], undefined, '1.10.0'],
    [['1.9.0', '1.10.0', '1.2.0'], undefined, '1.11.0'],
    [['1.2.3'], 'patch', '1.2.4'],
    [['1.2.3'], 'minor', '1.3.0'],
    [['1.2.3'], 'major', '2.0.0'],
    [['2.0.0', '10.0.0'], undefined, '10.1.0'],
  ])('after %j, %s, is %s', (versions, bump, expected) => {
    expect(nextVersion(after(...versions), bump)).toBe(expected);
  });

  test('the counter goes on from the highest', () => {
    expect(nextCounter({ ...EMPTY_MODEL, highestCounter: 4 })).toBe(5);
  });
});

test.each([
  ['flight-delay@1.2.0', true],
  ['flight-delay@v1.2.0', true],
  ['flight-delay', false],
  ['@1.2.0', false],
  ['flight-delay@1.2', false],
  ['Flight@1.2.0', false],
  ['a@b@1.2.0', false],
])('%s names a model and a version: %s', (text, expected) => {
  expect(parseModelVersion(text) !== null).toBe(expected);
});
