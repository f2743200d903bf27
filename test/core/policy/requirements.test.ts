import { describe, expect, test } from 'vitest';
import { Requirements } from '../../../core/config/policy.ts';
import { GitId } from '../../../core/names.ts';
import { filesOf, type RequirementFacts, requirementProblem } from '../../../core/policy/requirements.ts';
import { CONFIG_TEXT, configOf, MODEL } from '../samples.ts';

const [model] = Object.values(configOf(CONFIG_TEXT).models);
if (model === undefined) throw new Error('the sample has a model');

const FACTS: RequirementFacts = {
  reviews: [],
  author: 'ada',
  lastPusher: 'ada',
  head: GitId.parse('a'.repeat(40)),
  files: null,
  repository: 'acme/flights',
  labels: [],
};

describe('labels', () => {
  test.each<[string, readonly string[], readonly string[], readonly string[] | null]>([
    ['none asked for', [], [], null],
    ['one asked for and there', ['ok'], ['ok'], null],
    ['one asked for among others', ['ok'], ['wip', 'ok'], null],
    ['one asked for, written otherwise', ['OK to Train'], ['ok to train'], null],
    ['one asked for, another there that begins alike', ['ok'], ['ok-later'], ['ok']],
    ['one asked for, with a space behind it', ['ok'], ['ok '], ['ok']],
    ['one asked for, none there', ['ok'], [], ['ok']],
    ['two asked for, one there', ['a', 'b'], ['a'], ['b']],
    ['a letter and its accent in one or in two signs', ['é'], ['e\u0301'], null],
    ['called constructor, none there', ['constructor'], [], ['constructor']],
  ])('%s', (_, asked, there, missing) => {
    const requirements = Requirements.parse({ labels: asked });
    expect(requirementProblem(requirements, { ...FACTS, labels: there })?.missing ?? null).toEqual(missing);
  });

  test('a refusal names what is missing and what is there', () => {
    const requirements = Requirements.parse({ labels: ['ok'] });
    expect(requirementProblem(requirements, { ...FACTS, labels: ['wip'] })).toEqual({
      reason: 'label_missing',
      message: 'the pull request needs the label “ok”, and has “wip”',
      missing: ['ok'],
    });
  });
});

test('nothing asked for is nothing missing', () => {
  expect(requirementProblem(undefined, FACTS)).toBeNull();
});

test('approvals are asked for beside labels', () => {
  const requirements = Requirements.parse({ labels: ['ok'], approvals: {} });
  expect(requirementProblem(requirements, { ...FACTS, labels: ['ok'] })?.reason).toBe('approvals_missing');
});

test.each([
  ['an input', 'models/flight-delay/train.py', true],
  ['an input that is a folder’s namesake', 'models/flight-delay-2/train.py', false],
  ['data', 'data/flights.csv', true],
  ['a contract', 'contracts/flights.yaml', true],
  ['the lock', 'requirements.lock', true],
  ['the evaluator', 'eval/evaluate.py', true],
  ['the evaluator’s lock', 'eval.lock', true],
  ['the holdout', 'data/holdout.csv', true],
  ['the config', '.github/trainyard.yml', true],
  ['anything else', 'README.md', false],
])('%s is a file of the model: %s, %s', (_, path, expected) => {
  expect(filesOf([path], [model])).toEqual(expected ? [path] : []);
});

test('owners are asked for the files of the models that are meant', () => {
  const requirements = Requirements.parse({ approvals: { count: 1, code_owners: true } });
  const review = {
    user: 'ben',
    userType: 'User',
    state: 'approved',
    commit: GitId.parse(FACTS.head),
    at: '2026-11-02T10:00:00Z',
    role: 'write',
  } as const;
  const files = { changed: ['README.md', 'eval/evaluate.py'], complete: true, codeOwners: '*.md @cleo\neval/ @ben' };
  const facts = { ...FACTS, reviews: [review as never], files };
  expect(requirementProblem(requirements, { ...facts, models: [model] })).toBeNull();
  expect(requirementProblem(requirements, facts)).toMatchObject({ reason: 'code_owner_missing', missing: ['@cleo'] });
  expect(MODEL).toBe('flight-delay');
});
