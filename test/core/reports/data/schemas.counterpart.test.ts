import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { Ajv2019 } from 'ajv/dist/2019.js';
import formats from 'ajv-formats';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { ATTACKS } from '../../../../bench/scan-attacks.ts';
import { sha256Hex } from '../../../../core/canonical.ts';
import { inferContract } from '../../../../core/data/infer/infer.ts';
import { reportToSarif } from '../../../../core/reports/data/sarif.ts';
import { scanToSarif } from '../../../../core/verification/output/sarif.ts';
import { scanFiles } from '../../../../core/verification/scan.ts';
import { Waiver } from '../../../../core/verification/waiver.ts';
import { judgeScan } from '../../../../core/verification/waivers.ts';
import { fencesOf } from '../../../docs/pages.ts';
import { calling } from '../../verification/assembler.ts';
import { fileOf } from '../../verification/samples.ts';
import { poison } from '../samples.ts';
import { report } from './samples.ts';

/** The published schemas, from the packages that carry them: Microsoft's for SARIF, Bitol's for ODCS. */
const SARIF = '@microsoft/jest-sarif@1.0.0-beta.0';
const ODCS = 'open-data-contract-standard==3.1.2';
const Schema = z.record(z.string(), z.unknown());

const folder = mkdtempSync(join(tmpdir(), 'trainyard-schemas-'));
const read = (path: string) => Schema.parse(JSON.parse(readFileSync(path, 'utf8')));

beforeAll(() => {
  execFileSync('npm', ['pack', '--silent', SARIF], { cwd: folder });
  execFileSync('sh', ['-c', 'tar xzf microsoft-jest-sarif-*.tgz'], { cwd: folder });
  execFileSync('python3', ['-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', '.', ODCS], { cwd: folder });
  execFileSync('sh', ['-c', 'python3 -m zipfile -e open_data_contract_standard-*.whl odcs'], { cwd: folder });
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function sarifProblems(texts: readonly string[]): readonly unknown[] {
  // The schema is of an older draft and has a pattern that is none in Unicode mode.
  const ajv = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false });
  const schema = read(join(folder, 'package/lib/schemas/sarif-2.1.0-rtm.5.json'));
  for (const key of ['$schema', 'id', '$id']) delete schema[key];
  const validate = ajv.compile(schema);
  return texts.flatMap((text) => (validate(JSON.parse(text)) ? [] : (validate.errors ?? [])));
}

test('SARIF is accepted by the published schema, with hostile text, too', () => {
  const reports = [report, poison(report, 'a[b](1) {0} "'), { ...report, rules: [], findings: [], reason: null }];
  expect(sarifProblems(reports.map((one) => reportToSarif(one, { version: '0.1.0' })))).toEqual([]);
});

test('so is that of a scan, with what is waived, in files with hostile names', () => {
  const waiver = Waiver.parse({
    rule: 'pickle-dangerous-import',
    sha256: sha256Hex(calling('os', 'system')),
    owner: 'ml',
    reason: 'a[b](1) {0} "',
    expires: '2999-01-01',
  });
  const texts = Object.entries({ ...ATTACKS, 'a[b](1) {0}\n"!/x.pkl': calling('os', 'system') }).map(([name, bytes]) =>
    scanToSarif(judgeScan(scanFiles([fileOf(name, bytes)]), [waiver], '2026-11-02'), { version: '0.1.0' }),
  );
  expect(sarifProblems(texts)).toEqual([]);
  expect(texts.some((text) => text.includes('"suppressions"'))).toBe(true);
});

test.each(['docs/data-base.md', 'docs/data-contract.md'])(
  'the published schema accepts what %s writes into contracts',
  (page) => {
    const examples = fencesOf(page).filter(({ language, mark }) => language === 'yaml' && mark === 'contract');
    expect(examples).not.toEqual([]);
    for (const { text } of examples) {
      const head = 'apiVersion: v3.1.0\nkind: DataContract\nid: a\nversion: 1.0.0\nstatus: active\n';
      expect(problemsOf(head + text)).toEqual([]);
    }
  },
);

function problemsOf(contract: string): unknown {
  const ajv = new Ajv2019({ strict: false });
  formats.default(ajv);
  const validate = ajv.compile(read(join(folder, 'odcs/open_data_contract_standard/schema.json')));
  validate(parse(contract));
  return validate.errors ?? [];
}

test('an inferred contract is accepted by the published schema', () => {
  const contract = inferContract({
    dataset: 'flights',
    path: 'data/flights.csv',
    rows: 10_000,
    columns: report.columns,
    keys: [['carrier', 'time_hour']],
  });
  expect(problemsOf(contract)).toEqual([]);
});
