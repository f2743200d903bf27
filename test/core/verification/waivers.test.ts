import { describe, expect, test } from 'vitest';
import { sha256Hex } from '../../../core/canonical.ts';
import type { ScanReport } from '../../../core/verification/report.ts';
import { scanFiles } from '../../../core/verification/scan.ts';
import { Waiver } from '../../../core/verification/waiver.ts';
import { judgeScan, waivedProblem } from '../../../core/verification/waivers.ts';
import { calling } from './assembler.ts';
import { fileOf, zipOf } from './samples.ts';

const own = calling('mymodel', 'Net');
const DAY = '2026-11-02';

function waiver(bytes: Uint8Array, change: Partial<Record<keyof Waiver, string>> = {}): Waiver {
  const fields = { rule: 'pickle-unlisted-import', owner: 'ml', reason: 'ours', expires: '2026-11-30', ...change };
  return Waiver.parse({ sha256: sha256Hex(bytes), ...fields });
}

describe('a finding is waived', () => {
  const judged = judgeScan(scanFiles([fileOf('a.pkl', own)]), [waiver(own)], DAY);

  test('with its rule, by the digest of its file', () => {
    expect(judged).toMatchObject({ status: 'clean', report: { verdict: 'clean', findings: [] } });
    expect(judged.waived).toMatchObject([{ finding: { file: 'a.pkl' }, waiver: { owner: 'ml' } }]);
  });

  test.each<[string, Partial<Record<keyof Waiver, string>>, string]>([
    ['on the last day that it is waived', { expires: DAY }, 'clean'],
    ['no more on the day after', { expires: '2026-11-01' }, 'findings'],
    ['not by a waiver of another rule', { rule: 'pickle-call' }, 'findings'],
    ['not by a waiver of other bytes', { sha256: 'f'.repeat(64) }, 'findings'],
  ])('%s', (_, change, status) => {
    expect(judgeScan(scanFiles([fileOf('a.pkl', own)]), [waiver(own, change)], DAY).status).toBe(status);
  });

  test('inside of a container by the digest of the container', () => {
    const archive = zipOf([{ name: 'b.pkl', content: own }]);
    expect(judgeScan(scanFiles([fileOf('a.zip', archive)]), [waiver(archive)], DAY).status).toBe('clean');
    expect(judgeScan(scanFiles([fileOf('a.zip', archive)]), [waiver(own)], DAY).status).toBe('findings');
  });
});

test('a file that takes the name of what is inside of a waived one is not waived with it', () => {
  const archive = zipOf([{ name: 'b.pkl', content: own }]);
  const files = [fileOf('a.zip!/b.pkl', calling('elsewhere', 'Net')), fileOf('a.zip', archive)];
  for (const order of [files, [...files].reverse()])
    expect(judgeScan(scanFiles(order), [waiver(archive)], DAY).status).toBe('findings');
});

describe('what a scan says was waived is held to policy', () => {
  const { report, waived } = judgeScan(scanFiles([fileOf('a.pkl', own)]), [waiver(own)], DAY);
  const [first] = waived;
  if (first === undefined) throw new Error('expected a waived finding');
  const policy = { waivers: [waiver(own)], day: DAY };

  test('and is as policy has it', () => {
    expect(waivedProblem(report, waived, policy)).toBeNull();
    expect(waivedProblem(report, [], { waivers: [], day: DAY })).toBeNull();
  });

  test.each<[string, Pick<ScanReport, 'files'>, typeof waived, Partial<typeof policy>, string]>([
    ['a waiver that policy has not', report, waived, { waivers: [] }, 'not in the policy'],
    ['another last day', report, waived, { waivers: [waiver(own, { expires: '2026-12-01' })] }, 'not in the policy'],
    ['a waiver that had expired', report, waived, { day: '2026-12-01' }, 'has expired on 2026-11-30'],
    [
      'a finding of another rule',
      report,
      [{ ...first, finding: { ...first.finding, rule: 'pickle-dangerous-import' } }],
      {},
      'not of the finding',
    ],
    ['a finding in a file of another digest', scanFiles([fileOf('a.pkl', 'text')]), waived, {}, 'not of the finding'],
    ['a finding in no file', { files: [] }, waived, {}, 'not of the finding'],
  ])('%s is refused', (_, files, list, change, says) => {
    expect(waivedProblem(files, list, { ...policy, ...change })).toContain(says);
  });
});

test.each([
  ['a reason of two lines', { reason: 'a\nb' }],
  ['an escape of the terminal', { owner: 'a\u001b[2J' }],
  ['no owner', { owner: '' }],
  ['a day that is none', { expires: '2026-02-30' }],
  ['a digest that is none', { sha256: 'abc' }],
])('a waiver with %s is none', (_, change) => {
  const fields = { rule: 'pickle-call', sha256: 'f'.repeat(64), owner: 'ml', reason: 'ours', expires: DAY };
  expect(Waiver.safeParse(fields).success).toBe(true);
  expect(Waiver.safeParse({ ...fields, ...change }).success).toBe(false);
});

test('a link is not waived, whatever the digest: none stands for what it leads to', () => {
  const report = scanFiles([], { others: [{ path: 'a', sha256: sha256Hex('') }] });
  const link = waiver(Buffer.from(''), { rule: 'no-file' });
  expect(judgeScan(report, [link], DAY)).toMatchObject({ status: 'not_scanned', waived: [] });
});
