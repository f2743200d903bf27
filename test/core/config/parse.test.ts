import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../../core/config/parse.ts';
import { CONFIG_TEXT, changedText, configOf } from '../samples.ts';

/** `line:column path: message` of each problem. */
function problems(text: string): string[] {
  const parsed = parseConfig(text);
  return parsed.ok
    ? []
    : parsed.problems.map(({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`);
}

test('a whole config is read with its quantities in one unit each', () => {
  const { models, policy } = configOf(CONFIG_TEXT);
  expect(Object.values(models)[0]?.train.timeout).toBe(7200);
  expect(policy.signing?.keys).toEqual(['keys/trainyard.pub']);
});

test('defaults are filled in', () => {
  const config = configOf('version: 1\nmodels:\n  m: { inputs: [a], train: { run: x } }');
  expect(config.policy.forks).toBe('deny');
  expect(Object.values(config.models)[0]).toMatchObject({
    data: {},
    gates: {},
    train: { params: {}, seed: 0, engine: 'runner', timeout: 3600, resources: { gpus: 0, spot: false } },
    promote: { stages: ['staging', 'production'] },
  });
});

test('a model may be called constructor', () => {
  const config = configOf('version: 1\nmodels:\n  constructor: { inputs: [a], train: { run: x } }');
  expect(Object.keys(config.models)).toEqual(['constructor']);
});

describe('a problem is shown at its place', () => {
  test.each<[string, string, string, string]>([
    [
      'an unknown key, at the key',
      'timeout: 2h',
      'timeuot: 2h',
      '16:7 models.flight-delay.train.timeuot: unknown key "timeuot"; did you mean "timeout"?',
    ],
    [
      'an unknown key at the top',
      'version: 1',
      'version: 1\nmodel: {}',
      '2:1 model: unknown key "model"; did you mean "models"?',
    ],
    [
      'an unknown key without a near one',
      'seed: 7',
      'gibberish: 7',
      '10:7 models.flight-delay.train.gibberish: unknown key "gibberish"; expected one of setup, run, stage, params, seed, engine, resources, timeout, smoke, checkpoint, retries, stall, on_push',
    ],
    [
      'neither a command nor a stage, at its parent',
      '      run: python train.py\n',
      '',
      '7:5 models.flight-delay.train: expected run, the command that trains, or stage, a stage of dvc.yaml; found neither',
    ],
    [
      'a command and a stage',
      '      run: python train.py\n',
      '      run: python train.py\n      stage: train\n',
      '7:5 models.flight-delay.train: expected run, the command that trains, or stage, a stage of dvc.yaml; found both',
    ],
    [
      'a stage that lies outside of the repository',
      '      run: python train.py\n',
      '      stage: ../dvc.yaml:train\n',
      '9:14 models.flight-delay.train.stage: expected a stage of dvc.yaml, or path/dvc.yaml:stage, got "../dvc.yaml:train"',
    ],
    [
      'a wrong type, at the value',
      'seed: 7',
      'seed: seven',
      '10:13 models.flight-delay.train.seed: expected a number, got "seven"',
    ],
    [
      'a fraction for a whole number',
      'seed: 7',
      'seed: 7.5',
      '10:13 models.flight-delay.train.seed: expected a whole number, got 7.5',
    ],
    ['a wrong version', 'version: 1', 'version: 2', '1:10 version: expected 1, got 2'],
    [
      'a bad duration',
      '2h',
      '2hours',
      '16:16 models.flight-delay.train.timeout: expected a duration such as 90s, 15m, 2h or 14d, got "2hours"',
    ],
    [
      'a bad model name, at the key',
      'flight-delay:',
      'Flight:',
      '3:3 models.Flight: "Flight" can\'t be a name here: expected lower-case letters, digits and inner hyphens',
    ],
    [
      'a path that leaves the repository',
      '[eval]',
      '[../eval]',
      '20:16 models.flight-delay.evaluate.inputs[0]: expected a path inside the repository (relative, no "..", no ".git"), got "../eval"',
    ],
    [
      'an unknown parameter type',
      'type: boolean',
      'type: bool',
      '15:26 models.flight-delay.train.params.shuffle.type: expected one of number, integer, boolean, string, got "bool"',
    ],
    [
      'a gate without a bound',
      '{ min: 0.7, max_regression: 0.005, versus: production }',
      '{}',
      '24:16 models.flight-delay.gates.roc_auc: a gate needs min, max or max_regression',
    ],
    [
      'a bad grant',
      'signing: { keys: [keys/trainyard.pub] }',
      'commands: { train: [write, teem:x] }',
      '26:30 policy.commands.train[1]: expected one of read, triage, write, maintain, admin, or team:<slug>, or user:<login> or user:<login>#<id>, got "teem:x"',
    ],
    [
      'an empty list',
      '[models/flight-delay, src/features]',
      '[]',
      '4:13 models.flight-delay.inputs: expected at least 1 item, got an empty list',
    ],
  ])('%s', (_, from, to, expected) => {
    expect(problems(changedText([from, to]))).toContain(expected);
  });

  test.each<[string, string, string, string]>([
    [
      'a default outside of its range',
      'max: 1, default: 0.1',
      'max: 1, default: 2',
      '12:69 models.flight-delay.train.params.learning_rate.default: the default is refused: expected number from 0.001 to 1, got 2',
    ],
    [
      'a range that is empty',
      'min: 1, max: 100',
      'min: 101, max: 100',
      '13:39 models.flight-delay.train.params.epochs.min: min 101 is above max 100',
    ],
    [
      'a default that is not among the values',
      'default: sgd',
      'default: lbfgs',
      '14:63 models.flight-delay.train.params.solver.default: the default is refused: expected one of "sgd", "adam", got "lbfgs"',
    ],
    [
      'a pattern that could take for ever',
      'values: [sgd, adam]',
      'pattern: "(a+)+\\\\1"',
      '14:42 models.flight-delay.train.params.solver.pattern: the pattern can\'t be used: "\\1" is not supported',
    ],
    [
      'a gate that nothing passes',
      'min: 0.7, max',
      'min: 0.7, max: 0.6, better: higher, max',
      '24:23 models.flight-delay.gates.roc_auc.min: min 0.7 is above max 0.6: no model could pass',
    ],
    [
      'a gate against a stage that is not promoted to',
      'versus: production',
      'versus: canary',
      '24:59 models.flight-delay.gates.roc_auc.versus: versus names "canary", which is not among promote.stages (staging, production); use one of them or "base"',
    ],
    [
      'a holdout that is an input',
      'data/holdout.csv',
      'data/flights.csv',
      "22:32 models.flight-delay.evaluate.data.holdout.path: the holdout data/flights.csv would be seen by training, since data/flights.csv is among the model's inputs; keep it outside of them",
    ],
    [
      'a holdout inside of an input',
      'data/holdout.csv',
      'src/features/h.csv',
      "22:32 models.flight-delay.evaluate.data.holdout.path: the holdout src/features/h.csv would be seen by training, since src/features is among the model's inputs; keep it outside of them",
    ],
    [
      'a sample of a dataset that the model does not have',
      'seed: 7',
      'smoke: { data: { flihgts: src/features/few.csv } }',
      '10:24 models.flight-delay.train.smoke.data.flihgts: expected a dataset of the model, got flihgts, which data does not name',
    ],
    [
      'a sample outside of the inputs',
      'seed: 7',
      'smoke: { data: { flights: samples/few.csv } }',
      '10:33 models.flight-delay.train.smoke.data.flights: samples/few.csv is not among the model’s inputs: add it there',
    ],
    [
      'a stage listed twice',
      '    gates:',
      '    promote: { stages: [production, production] }\n    gates:',
      '23:37 models.flight-delay.promote.stages[1]: stage "production" is listed twice',
    ],
  ])('%s', (_, from, to, expected) => {
    expect(problems(changedText([from, to]))).toEqual([expected]);
  });

  test('gates without an evaluator', () => {
    const text = CONFIG_TEXT.replace(/ {4}evaluate:[\s\S]*?(?= {4}gates)/, '');
    expect(problems(text)).toEqual([
      expect.stringMatching(/^17:5 models\.flight-delay\.gates: gates need an evaluator/),
    ]);
  });

  test('gates without an evaluator are lawful where policy takes what training says of itself', () => {
    const text = CONFIG_TEXT.replace(/ {4}evaluate:[\s\S]*?(?= {4}gates)/, '').replace(
      'policy:',
      'policy:\n  metrics: self-reported',
    );
    expect(problems(text)).toEqual([]);
  });

  test('every problem is reported, in the order of the file', () => {
    const found = problems(
      changedText(['seed: 7', 'seed: x'], ['timeout: 2h', 'timeuot: 2h'], ['version: 1', 'version: 3']),
    );
    expect(found.map((text) => text.split(' ')[0])).toEqual(['1:10', '10:13', '16:7']);
  });
});

test('one name stands for one dataset in all models, since it has one check', () => {
  const config = (second: string) => `version: 1
models:
  a: { inputs: [a], data: { rows: { path: a.csv, contract: a.yaml } }, train: { run: x } }
  b: { inputs: [b], data: { rows: ${second} }, train: { run: x } }
`;
  expect(problems(config('{ path: a.csv, contract: a.yaml }'))).toEqual([]);
  for (const second of ['{ path: b.csv, contract: a.yaml }', '{ path: a.csv, contract: b.yaml }', '{ path: a.csv }']) {
    expect(problems(config(second))).toEqual([
      '4:29 models.b.data.rows: dataset "rows" has another path, location, pin, profile or contract in model a; a name stands for one of each, so choose another',
    ]);
  }
});

describe('a dataset that is a table', () => {
  const found = (dataset: string): readonly string[] =>
    problems(`version: 1
models:
  a: { inputs: [a], data: { rows: { ${dataset} } }, train: { run: x } }
`).map((text) => text.replace(/^\d+:\d+ models\.a\.data\.rows\./, ''));

  test.each([
    ['a version as a number', 'path: a.parquet, location: "delta:s3://team/a", version: 12'],
    ['a version as text', 'path: a.csv, location: "delta:tables/a", version: "12"'],
    ['a snapshot in quotes', 'path: a.parquet, location: "iceberg:s3://team/a", version: "7192175921662360279"'],
  ])('takes %s', (_what, dataset) => {
    expect(found(dataset)).toEqual([]);
  });

  test.each([
    [
      'a snapshot that loses digits without quotes',
      'path: a.parquet, location: "iceberg:s3://team/a", version: 7192175921662360279',
      /^version: .*the id of a snapshot in quotes/,
    ],
    ['a word', 'path: a.parquet, location: "delta:s3://team/a", version: newest', /^version: expected the number/],
    [
      'a folder to write to',
      'path: a, location: "delta:s3://team/a"',
      /^path: expected a path that ends in \.parquet or \.csv/,
    ],
    [
      'a place that is none',
      'path: a.csv, location: "delta:/etc"',
      /^location: delta: names a folder of this repository/,
    ],
  ])('refuses %s', (_what, dataset, message) => {
    expect(found(dataset)).toEqual([expect.stringMatching(message)]);
  });

  test.each([
    ['a version of it', 'path: a.jsonl, location: "query:a", version: 3', /^version: a query has no version/],
    ['another kind of file', 'path: a.csv, location: "query:a"', /^path: expected a path that ends in \.jsonl/],
    [
      'the query itself',
      'path: a.jsonl, location: "query:SELECT 1"',
      /^location: .*the name of one of policy\.queries/,
    ],
  ])('or a query refuses %s', (_what, dataset, message) => {
    expect(found(dataset)).toEqual([expect.stringMatching(message)]);
  });

  test.each([
    ['two statements in one text are none', "query: 'DROP TABLE t'"],
    ['nothing', "query: ''"],
    ['an account with a path', 'account: evil.example.com/x, query: SELECT 1'],
  ])('or a query of policy: %s', (_what, words) => {
    const text = CONFIG_TEXT.replace('policy:', `policy:\n  queries: { a: { at: snowflake, account: b, ${words} } }`);
    expect(problems(text)).not.toEqual([]);
  });

  test('is no prefix of locations', () => {
    const text = CONFIG_TEXT.replace('policy:', 'policy:\n  locations: ["delta:s3://team/a", "delta:tables"]');
    expect(problems(text)).toHaveLength(2);
  });
});

describe('YAML that is refused', () => {
  test.each([
    ['nothing', '', '1:1 : expected keys and values, got nothing'],
    ['a list', '[]', '1:1 : expected keys and values, got an empty list'],
    ['a duplicate key by its alias', 'version: 1\nmodels:\n  &a x: {}\n  *a : {}', '4:3 : this key stands here twice'],
    ['a duplicate key', 'version: 1\nmodels: {}\nversion: 1', '3:1 : this key stands here twice'],
    ['an unknown tag', 'version: 1\nmodels: !!js/function x', '2:9 : Unresolved tag: tag:yaml.org,2002:js/function'],
    [
      'a second document',
      'version: 1\n---\nmodels: {}',
      '2:1 : expected one document: remove "---" and what follows it',
    ],
    ['__proto__', 'version: 1\nmodels: { __proto__: {} }', '2:11 : "__proto__" can\'t be used'],
    [
      'a merge key',
      'version: 1\nmodels: { a: { <<: { inputs: [x] }, train: { run: x } } }',
      '2:16 models.a.<<: unknown key "<<"; expected one of inputs, data, train, evaluate, gates, promote',
    ],
    ['a circle', 'version: 1\nmodels: &a { b: *a }', expect.any(String)],
    ['an alias without its anchor', 'version: *a', expect.stringMatching(/^1:10 /)],
  ])('%s', (_, text, expected) => {
    expect(problems(text)).toContainEqual(expected);
  });

  test('a file over 256 KiB', () => {
    expect(problems(`version: 1\n#${'é'.repeat(140_000)}`)).toEqual([
      expect.stringMatching(/expected at most 256 KiB/),
    ]);
  });

  test('a billion laughs, at once', () => {
    const levels = Array.from({ length: 9 }, (_, n) => `l${n + 1}: &l${n + 1} [${Array(9).fill(`*l${n}`).join(', ')}]`);
    const start = performance.now();
    expect(problems(`l0: &l0 [x]\n${levels.join('\n')}`)).not.toEqual([]);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

test('an alias is followed to the place where the value stands', () => {
  const text = 'version: 1\nmodels:\n  a: &m { inputs: [x], train: { run: 5 } }\n  b: *m';
  expect(problems(text).map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
    '3:38 models.a.train.run:',
    '3:38 models.b.train.run:',
  ]);
});

describe('for any text', () => {
  test('parsing never throws, and every problem lies within the text', () => {
    const piece = fc.constantFrom(
      ...CONFIG_TEXT.split('\n'),
      ': ',
      '- ',
      '{',
      '}',
      '[',
      ']',
      '&a',
      '*a',
      '!!x',
      '|',
      '"',
      "'",
      '\t',
      '? ',
      '---',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece, { maxLength: 40 }).map((lines) => lines.join('\n')),
    );
    fc.assert(
      fc.property(text, (body) => {
        const parsed = parseConfig(body);
        const lines = body.split('\n').length;
        if (!parsed.ok)
          for (const { line, column } of parsed.problems) expect(line <= lines && line > 0 && column > 0).toBe(true);
      }),
    );
  });

  test('one word of the config replaced either parses or is a problem near it', () => {
    const words = [...CONFIG_TEXT.matchAll(/[A-Za-z0-9_./-]+/g)];
    fc.assert(
      fc.property(fc.nat(words.length - 1), fc.string({ maxLength: 6 }), (index, word) => {
        const found = words[index];
        if (found === undefined) return;
        const text = CONFIG_TEXT.slice(0, found.index) + word + CONFIG_TEXT.slice(found.index + found[0].length);
        expect(parseConfig(text)).toMatchObject({ ok: expect.any(Boolean) });
      }),
    );
  });
});
