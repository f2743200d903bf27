import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openObjects } from '../../../actions/runtime/git-objects.ts';
import { readInputs } from '../../../actions/runtime/inputs.ts';
import { Inputs } from '../../../actions/verify/interface.ts';
import { verify } from '../../../actions/verify/verify.ts';
import { sha256Hex } from '../../../core/canonical.ts';
import { readAction } from '../../../scripts/action-readme.ts';
import { calling, pickleOf, proto } from '../../core/verification/assembler.ts';
import { lay, openStage } from '../stage.ts';

const stage = openStage();
afterAll(() => stage.close());

const ROOT = join(import.meta.dirname, '..', '..', '..');
const { inputs: declared } = await readAction(ROOT, 'verify');
const CLEAN = pickleOf(proto(4), '}.');
const EVIL = calling('os', 'system');
const WAIVERS = `version: 1
waivers:
  - { rule: pickle-dangerous-import, sha256: ${sha256Hex(EVIL)}, owner: ml-team, reason: known, expires: "2026-12-31" }
  - { rule: pickle-call, sha256: ${sha256Hex(EVIL)}, owner: ml-team, reason: known, expires: "2026-12-31" }
`;

type Content = Readonly<Record<string, string | Uint8Array>>;

/** A checkout whose commit holds the base's files, and whose folder holds these. */
function checkout(files: Content, base: Content = {}): string {
  const { directory } = stage.repository({ 'README.md': 'x', ...base });
  lay(directory, files);
  return directory;
}

async function verified(
  workspace: string,
  given: Readonly<Record<string, string>> = {},
  environment: Record<string, string> = {},
) {
  const job = stage.job(environment);
  const all: Record<string, string> = { paths: 'models', ...given };
  const inputs = readInputs(Inputs, (name) => all[name] ?? declared[name]?.default ?? '');
  const now = () => new Date('2026-06-01T12:00:00Z');
  const outputs = await verify(inputs, job, { workspace, objects: openObjects(workspace, process.env), now });
  return { outputs, job };
}

test('clean files are green, and the summary says so', async () => {
  const { outputs, job } = await verified(checkout({ 'models/a.pkl': CLEAN, 'models/b.pkl': CLEAN }));
  expect(outputs).toMatchObject({ status: 'clean', files: 2, findings: 0 });
  expect(job.failures).toEqual([]);
  expect(job.summaries[0]).toContain('## Scan: clean');
});

test('a finding is red and annotated at its file, and every report is written', async () => {
  const place = checkout({ 'models/a.pkl': EVIL, 'notes.txt': 'Of a model.' });
  const reports = { sarif: 'out/scan.sarif', json: 'out/scan.json' };
  const { outputs, job } = await verified(place, { ...reports, paths: `${place}/models\n./notes.txt` });
  expect(outputs).toMatchObject({ status: 'findings', ...reports });
  expect(job.failures).toEqual(['2 files and 0 inside of them: there are findings']);
  expect(job.said).toContainEqual(expect.stringMatching(/^error models\/a\.pkl:1: .*os\.system/));
  expect(job.summaries[0]).toContain('os.system');
  expect(JSON.parse(readFileSync(join(place, 'out/scan.json'), 'utf8'))).toMatchObject({ status: 'findings' });
  expect(JSON.parse(readFileSync(join(place, 'out/scan.sarif'), 'utf8'))).toMatchObject({ version: '2.1.0' });
});

test('what is not known is red, too', async () => {
  const { outputs, job } = await verified(checkout({ 'models/a.bin': Buffer.from([1, 2, 3, 255]) }));
  expect(outputs.status).toBe('not_scanned');
  expect(job.failures).toHaveLength(1);
});

test('a job may go on all the same, where it says so', async () => {
  const { outputs, job } = await verified(checkout({ 'models/a.pkl': EVIL }), { 'fail-on': 'never' });
  expect(outputs.status).toBe('findings');
  expect(job.failures).toEqual([]);
});

describe('waivers', () => {
  const files = { 'models/a.pkl': EVIL, 'waivers.yml': WAIVERS };

  test('of a branch count', async () => {
    const place = checkout({ 'models/a.pkl': EVIL }, { 'waivers.yml': WAIVERS });
    const given = { policy: 'waivers.yml', 'policy-ref': 'main' };
    const { outputs } = await verified(place, given, { GITHUB_BASE_REF: 'main' });
    expect(outputs).toMatchObject({ status: 'clean', findings: 0 });
  });

  test('of the checkout count where there is no pull request', async () => {
    const { outputs } = await verified(checkout(files), { policy: './waivers.yml' });
    expect(outputs.status).toBe('clean');
  });

  test('that a pull request brings do not count', async () => {
    const place = checkout(files, { 'waivers.yml': 'version: 1\nwaivers: []\n' });
    const asked = verified(place, { policy: 'waivers.yml' }, { GITHUB_BASE_REF: 'main' });
    await expect(asked).rejects.toThrow(/policy needs policy-ref/);
    const { outputs } = await verified(place, { policy: 'waivers.yml', 'policy-ref': 'main' });
    expect(outputs.status).toBe('findings');
  });

  test.each([
    ['no policy', { 'waivers.yml': 'waivers: 1' }, { policy: 'waivers.yml' }, /is no scan policy: version/],
    ['no file', {}, { policy: 'waivers.yml' }, /found none: waivers\.yml/],
    ['no file in the branch', {}, { policy: 'waivers.yml', 'policy-ref': 'main' }, /at waivers\.yml in main/],
    ['no such branch', {}, { policy: 'waivers.yml', 'policy-ref': 'dev' }, /policy-ref dev is not in this checkout/],
    ['a branch alone', {}, { 'policy-ref': 'main' }, /policy-ref is given without policy/],
  ] as [string, Content, Record<string, string>, RegExp][])(
    'that are %s waive nothing',
    async (_, more, given, says) => {
      await expect(verified(checkout({ 'models/a.pkl': EVIL, ...more }), given)).rejects.toThrow(says);
    },
  );
});

describe('paths', () => {
  test('that are not there are an error: nothing was scanned', async () => {
    await expect(verified(checkout({}))).rejects.toThrow(/found models: there is no such file or folder/);
  });

  test('that lead out of the checkout are refused', async () => {
    const place = checkout({ 'x/a': 'a' });
    symlinkSync('/etc', join(place, 'models'));
    await expect(verified(place)).rejects.toThrow(/leads out of the checkout/);
  });

  test('below them, links are not followed, and not clean', async () => {
    const place = checkout({ 'models/a.pkl': CLEAN });
    symlinkSync('/etc/hostname', join(place, 'models/b.pkl'));
    expect((await verified(place)).outputs.status).toBe('not_scanned');
  });

  test('of reports lead nowhere else either', async () => {
    const place = checkout({ 'models/a.pkl': CLEAN });
    symlinkSync(stage.base, join(place, 'out'));
    await expect(verified(place, { json: 'out/scan.json' })).rejects.toThrow(/leads out of the checkout/);
    expect(existsSync(join(stage.base, 'scan.json'))).toBe(false);
  });
});

test('a scan that was cancelled, or has no time left, is not clean', async () => {
  const place = checkout({ 'models/a.pkl': CLEAN });
  const job = stage.job();
  job.controller.abort();
  const inputs = readInputs(Inputs, (name) => (name === 'paths' ? 'models' : (declared[name]?.default ?? '')));
  const surroundings = { workspace: place, objects: openObjects(place, process.env), now: () => new Date() };
  expect((await verify(inputs, job, surroundings)).status).toBe('not_scanned');
});
