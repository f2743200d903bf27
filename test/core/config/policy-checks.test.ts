import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../../core/config/parse.ts';

/** A config whose policy is the text given, from line 5 on, and whose model is on line 3. */
function problems(policy: string, model = 'inputs: [src], train: { run: x }'): string[] {
  const parsed = parseConfig(`version: 1\nmodels:\n  fraud: { ${model} }\npolicy:\n${policy.replace(/^/gm, '  ')}\n`);
  return parsed.ok
    ? []
    : parsed.problems.map(({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`);
}

describe('a rule of permissions is about something', () => {
  test.each<[string, string, readonly string[]]>([
    ['of a model that is there', 'commands: { train: { models: { fraud: admin } } }', []],
    ['of a stage that is there', 'commands: { promote: { stages: { production: admin } } }', []],
    [
      'of a model that is misspelt',
      'commands: { train: { models: { fruad: admin } } }',
      ['5:34 policy.commands.train.models.fruad: no model "fruad"; did you mean "fraud"?'],
    ],
    [
      'of a stage that is misspelt',
      'commands: { promote: { stages: { producton: admin } } }',
      ['5:36 policy.commands.promote.stages.producton: no model has the stage "producton"; did you mean "production"?'],
    ],
    [
      'of a stage that nobody has',
      'commands: { lock: { stages: { canary: admin } } }',
      ['5:33 policy.commands.lock.stages.canary: no model has the stage "canary"; expected one of staging, production'],
    ],
    [
      'of a stage, for a command that has none',
      'commands: { train: { stages: { production: admin } } }',
      ['5:34 policy.commands.train.stages.production: train is about no stage, so a rule for one would guard nothing'],
    ],
    [
      'of a command that is misspelt',
      'commands: { trian: admin }',
      ['5:15 policy.commands.trian: unknown key "trian"; did you mean "train"?'],
    ],
  ])('%s', (_, policy, expected) => {
    expect(problems(policy)).toEqual(expected);
  });

  test.each(['user:ada', 'user:ada_acme', 'user:ada#1815', 'user:x[bot]', 'user:x[bot]#49', 'team:ml.ops_2'])(
    '%s may be granted',
    (grant) => {
      expect(problems(`commands: { train: "${grant}" }`)).toEqual([]);
    },
  );

  test.each([
    'user:',
    'user:a b',
    'user:[bot]',
    'user:ada#',
    'user:ada#0',
    'user:ada#x',
    'team:',
    'team:a/b',
    'owner',
    'none',
    '@ada',
  ])('%s may not', (grant) => {
    expect(problems(`commands: { train: "${grant}" }`)).toHaveLength(1);
  });
});

describe('a freeze window', () => {
  test.each<[string, string, readonly string[]]>([
    ['of a weekend', 'freeze: [{ days: [sat, sun], timezone: Europe/Berlin }]', []],
    ['over midnight', 'freeze: [{ days: [fri], from: "22:00", to: "06:00" }]', []],
    [
      'in no time zone',
      'freeze: [{ days: [sat], timezone: Europe/Berln }]',
      [
        '5:37 policy.freeze[0].timezone: expected a name of the time zone database such as Europe/Berlin, got "Europe/Berln"',
      ],
    ],
    [
      'in an offset',
      'freeze: [{ days: [sat], timezone: "+02:00" }]',
      ['5:37 policy.freeze[0].timezone: expected a name of the time zone database such as Europe/Berlin, got "+02:00"'],
    ],
    [
      'without length',
      'freeze: [{ days: [sat], from: "10:00", to: "10:00" }]',
      ['5:46 policy.freeze[0].to: expected another time than from (10:00): this window has no length'],
    ],
    [
      'from the end of a day',
      'freeze: [{ days: [sat], from: "24:00", to: "10:00" }]',
      ['5:33 policy.freeze[0].from: expected a time before 24:00: write 00:00 of the day after'],
    ],
    [
      'that ends before it begins',
      'freeze: [{ from: "2027-01-02T00:00:00Z", to: "2026-12-20T00:00:00Z" }]',
      ['5:48 policy.freeze[0].to: expected a moment after 2027-01-02T00:00:00Z, got 2026-12-20T00:00:00Z'],
    ],
    [
      'that ends when it begins, written in another offset',
      'freeze: [{ from: "2026-12-20T01:00:00+01:00", to: "2026-12-20T00:00:00Z" }]',
      ['5:53 policy.freeze[0].to: expected a moment after 2026-12-20T01:00:00+01:00, got 2026-12-20T00:00:00Z'],
    ],
    [
      'of a stage that nobody has',
      'freeze: [{ days: [sat], stages: [staging, prod] }]',
      ['5:45 policy.freeze[0].stages[1]: no model has the stage "prod"; did you mean "production"?'],
    ],
  ])('%s', (_, policy, expected) => {
    expect(problems(policy)).toEqual(expected);
  });

  test.each(['25:00', '9:30', '10:60', '24:01', 'noon'])('knows no time %s', (time) => {
    expect(problems(`freeze: [{ days: [sat], from: "${time}" }]`)).toHaveLength(1);
  });

  test('needs an offset for a moment', () => {
    expect(problems('freeze: [{ from: "2026-12-20T00:00:00", to: "2026-12-21T00:00:00Z" }]')).toHaveLength(1);
  });
});

describe('money', () => {
  const gpu = 'inputs: [src], train: { run: x, resources: { gpu: a100 } }';
  test.each<[string, string, string | undefined, readonly string[]]>([
    ['a price without a budget', 'prices: { cpu: 1 USD }', undefined, []],
    ['a budget with a price', 'prices: { cpu: 1 USD }\nbudget: { per_run: 5 USD }', undefined, []],
    [
      'a budget without a price',
      'budget: { per_run: 5 USD }',
      undefined,
      [
        '5:3 policy.budget: a budget needs a price of an hour: add policy.prices.cpu, since model fraud trains without a GPU',
      ],
    ],
    [
      'a budget without a price of a GPU',
      'gpus: [a100]\nbudget: { per_run: 5 USD }',
      gpu,
      ['5:10 policy.gpus[0]: policy.budget needs a price of an hour: add policy.prices.gpus.a100'],
    ],
    [
      'a budget with a price of a GPU',
      'gpus: [a100]\nprices: { gpus: { a100: 3 USD } }\nbudget: { per_run: 5 USD }',
      gpu,
      [],
    ],
    [
      'a budget and GPUs of no type',
      'prices: { cpu: 1 USD }\nbudget: { per_run: 5 USD }',
      'inputs: [src], train: { run: x, resources: { gpus: 2 } }',
      [
        '3:63 models.fraud.train.resources.gpus: policy.budget needs a price of an hour: say which GPU with resources.gpu',
      ],
    ],
    [
      'two currencies',
      'prices: { cpu: 1 USD }\nbudget: { per_run: 5 USD, per_month: 10 EUR }',
      undefined,
      ['6:40 policy.budget.per_month: expected USD as in the other prices and budgets, which are summed, got EUR'],
    ],
    [
      'two currencies in the prices alone',
      'gpus: [a100]\nprices: { cpu: 1 USD, gpus: { a100: 3 EUR } }',
      undefined,
      ['6:39 policy.prices.gpus.a100: expected USD as in the other prices and budgets, which are summed, got EUR'],
    ],
  ])('%s', (_, policy, model, expected) => {
    expect(problems(policy, model)).toEqual(expected);
  });

  test.each(['5', 'USD 5', '5 usd', '5.123 USD', '-5 USD', '1e3 USD', '5USD', '5 USDX', '1234567890 USD'])(
    '%j is no amount',
    (amount) => {
      expect(problems(`prices: { cpu: "${amount}" }`)).toHaveLength(1);
    },
  );
});

describe('GPU types', () => {
  test.each<[string, string, string, readonly string[]]>([
    [
      'a model asks for one that policy does not name',
      'gpus: [t4]',
      'inputs: [src], train: { run: x, resources: { gpu: a100 } }',
      ['3:62 models.fraud.train.resources.gpu: policy.gpus does not name "a100": it names t4'],
    ],
    [
      'a runner is for one that policy does not name',
      'gpus: [a100]\nrunners: { gpus: { a10: x } }',
      'inputs: [src], train: { run: x }',
      ['6:22 policy.runners.gpus.a10: policy.gpus does not name "a10"; did you mean "a100"?'],
    ],
    [
      'a price is for one that policy does not name',
      'prices: { gpus: { a100: 3 USD } }',
      'inputs: [src], train: { run: x }',
      ['5:21 policy.prices.gpus.a100: policy.gpus does not name "a100": it names no GPU type'],
    ],
    [
      'several machines are asked of a runner',
      'concurrency: 4',
      'inputs: [src], train: { run: x, resources: { nodes: 2 } }',
      [
        '3:64 models.fraud.train.resources.nodes: expected one machine on the engine runner, found resources.nodes: 2; ray and kubernetes train on several',
      ],
    ],
  ])('%s', (_, policy, model, expected) => {
    expect(problems(policy, model)).toEqual(expected);
  });

  test.each(['self-hosted', 'gpu_a100', 'ubuntu-24.04', 'x64'])('%s may be a label of a runner', (label) => {
    expect(problems(`runners: { default: "${label}" }`)).toEqual([]);
  });

  test.each(['a b', '${{ secrets.X }}', '-x', '', 'a\\nb', '["a"]', 'a,b', 'a'.repeat(65)])('%j may not', (label) => {
    expect(problems(`runners: { default: ${JSON.stringify(label)} }`).length).toBeGreaterThan(0);
  });

  test.each(['tolerations: []', 'pod: {}', 'labels: [x]', 'image: x'])('a runner takes no %s', (key) => {
    expect(problems(`runners: { ${key} }`)).toHaveLength(1);
  });
});

describe('locations', () => {
  test.each<[string, string, string, readonly string[]]>([
    [
      'a prefix and data under it',
      'locations: ["s3://team/"]',
      'inputs: [src], data: { rows: { path: a, location: "s3://team/a" } }, train: { run: x }',
      [],
    ],
    [
      'a prefix that is metadata',
      'locations: ["s3://team/", "https://169.254.169.254/"]',
      'inputs: [src], train: { run: x }',
      [
        '5:29 policy.locations[1]: expected a host that is no local, private, link-local or metadata address, got "https://169.254.169.254/"',
      ],
    ],
    [
      'data in a file of the machine',
      'locations: ["s3://team/"]',
      'inputs: [src], data: { rows: { path: a, location: "file:///etc/passwd" } }, train: { run: x }',
      [
        '3:62 models.fraud.data.rows.location: expected a location that begins with s3://, gs://, az://, abfss://, hdfs://, https://, got "file:///etc/passwd"',
      ],
    ],
    // Whether policy allows it is asked of the default branch's policy, when something is to be trained.
    [
      'data that lies elsewhere',
      'locations: ["s3://team/"]',
      'inputs: [src], data: { rows: { path: a, location: "s3://other/a" } }, train: { run: x }',
      [],
    ],
  ])('%s', (_, policy, model, expected) => {
    expect(problems(policy, model)).toEqual(expected);
  });
});

test('problems of every part are told together, in the order of the file', () => {
  const policy =
    'commands: { train: { models: { x: admin } } }\nfreeze: [{ days: [sat], timezone: X }]\nbudget: { per_run: 5 USD }\nlocations: [x]';
  expect(problems(policy).map((text) => text.split(' ')[0])).toEqual(['5:34', '6:37', '7:3', '8:15']);
});

test.each<[string, string, readonly string[]]>([
  ['a rule of the scan', 'pickle-call', []],
  [
    'a rule that is misspelt',
    'pickle-cal',
    ['5:29 policy.scan.waivers[0].rule: the scan has no rule "pickle-cal"; did you mean "pickle-call"?'],
  ],
])('a waiver names %s', (_, rule, expected) => {
  const rest = `sha256: "${'0'.repeat(64)}", owner: ml, reason: ours, expires: 2026-11-30`;
  expect(problems(`scan: { waivers: [{ rule: ${rule}, ${rest} }] }`)).toEqual(expected);
});
