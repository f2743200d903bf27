import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { calling, pickleOf, proto } from '../core/verification/assembler.ts';
import { zipOf } from '../core/verification/samples.ts';
import { call } from './world.ts';

let directory = '';
const evil = calling('os', 'system');
const own = calling('mymodel', 'Net');
const sha256 = createHash('sha256').update(own).digest('hex');

const policy = (expires: string, digest = sha256): string => `version: 1
waivers:
  - rule: pickle-unlisted-import
    sha256: ${digest}
    owner: ml-platform
    reason: our own class, reviewed
    expires: ${expires}
`;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'cli-scan-'));
  mkdirSync(join(directory, 'good/deep'), { recursive: true });
  writeFileSync(join(directory, 'good/a.csv'), 'a,b\n1,2\n');
  writeFileSync(join(directory, 'good/deep/model.pkl'), pickleOf(proto(4), '}.'));
  writeFileSync(join(directory, 'evil.pkl'), evil);
  writeFileSync(join(directory, 'own.pkl'), own);
  writeFileSync(join(directory, 'noise.bin'), Buffer.from([1, 2, 3, 255]));
  mkdirSync(join(directory, 'empty'));
  mkdirSync(join(directory, 'links'));
  symlinkSync('/etc/passwd', join(directory, 'links/passwd'));
  mkdirSync(join(directory, 'special'));
  execFileSync('mkfifo', [join(directory, 'special/pipe')]);
  mkdirSync(join(directory, 'unread'));
  // No text names this file, so that nothing can open it by its name.
  writeFileSync(Buffer.concat([Buffer.from(join(directory, 'unread/')), Buffer.from([0x61, 0xff])]), evil);
  mkdirSync(join(directory, 'twins'));
  // What its name is read as is a file of its own, which is clean.
  writeFileSync(Buffer.concat([Buffer.from(join(directory, 'twins/')), Buffer.from([0x61, 0xff])]), evil);
  writeFileSync(join(directory, 'twins/a\ufffd'), 'a,b\n1,2\n');
  mkdirSync(join(directory, 'crowd'));
  for (let count = 0; count < 100; count += 1) {
    mkdirSync(join(directory, 'crowd', String(count)));
    for (let at = 0; at < 101; at += 1)
      linkSync(join(directory, 'evil.pkl'), join(directory, 'crowd', `${count}/${at}`));
  }
  writeFileSync(join(directory, 'policy.yml'), policy('2999-01-01'));
  writeFileSync(join(directory, 'old.yml'), policy('2001-01-01'));
  writeFileSync(join(directory, 'other.yml'), policy('2999-01-01', 'f'.repeat(64)));
  writeFileSync(join(directory, 'wrong.yml'), policy('soon').replace('owner', 'owners'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test.each<[string[], number, RegExp]>([
  [['-p', 'good', '--path', 'good/a.csv'], 0, /3 files and 0 inside of them/],
  [['evil.pkl', '--path=good'], 1, /pickle-dangerous-import/],
  [['-p'], 2, /argument missing/],
  [['good'], 0, /2 files and 0 inside of them: everything was scanned and is clean/],
  [['evil.pkl'], 1, /critical {2}pickle-dangerous-import at byte \d+ .*"os\.system"/],
  [['good', 'evil.pkl', 'noise.bin'], 1, /there are findings/],
  [['noise.bin'], 2, /unknown format/],
  [['empty'], 2, /0 files/],
  [['links'], 2, /no-file/],
  [
    ['nowhere'],
    2,
    /expected files and folders that can be read, found nowhere: there is no such file or folder \(ENOENT\)/,
  ],
  [['-'], 2, /standard input is not scanned/],
  [['good', '-'], 2, /standard input is not scanned/],
  [['/dev/null'], 2, /no-file.*a link, pipe or device/],
  [['/proc/self/status'], 2, /can't be read: expected 0 bytes, as its size is, found more/],
  [['special'], 2, /\? special\/pipe {2}no file.*\n.*a link, pipe or device/],
  [['special', 'evil.pkl'], 1, /os\.system/],
  [['good/a.csv', 'good/a.csv', './good//deep'], 0, /3 files/],
  [['links/passwd'], 2, /no-file/],
  [['unread', 'evil.pkl'], 1, /os\.system[\s\S]*can't be read: its name is not UTF-8/],
  [['twins'], 2, /can't be read: its name is not UTF-8/],
  [['crowd'], 2, /too-many-files {2}more than 10000 files or ten times as many folders/],
  [
    ['good', '--sarif', 'none/s.sarif'],
    2,
    /^trainyard scan: --sarif none\/s\.sarif can't be written: there is no such file or folder/m,
  ],
  [['good', '--sarif', 'empty'], 2, /--sarif empty can't be written: it is a folder/],
  [[], 2, /expected PATH…, got nothing/],
  [['good', '--timeout', '0'], 2, /timed out/],
  [['own.pkl'], 1, /pickle-unlisted-import/],
  [['own.pkl', '--policy', 'policy.yml'], 0, /waived until 2999-01-01 by ml-platform/],
  [['own.pkl', 'evil.pkl', '--policy', 'policy.yml'], 1, /critical/],
  [['own.pkl', '--policy', 'old.yml'], 1, /does nothing: expired/],
  [['own.pkl', '--policy', 'other.yml'], 1, /does nothing: nothing found/],
  [['own.pkl', '--policy', 'wrong.yml'], 2, /no scan policy: .*owner/],
  [['own.pkl', '--policy', 'nowhere.yml'], 2, /can't be read/],
])('scan %j ends with %i', async (args, code, says) => {
  const said = await call(['scan', ...args], { directory });
  expect([said.code, said.out + said.err]).toEqual([code, expect.stringMatching(says)]);
});

test('--json lists every file with its verdict, and says why findings matter', async () => {
  const { code, out } = await call(['scan', 'good', 'evil.pkl', '--json'], { directory });
  expect([code, JSON.parse(out)]).toMatchObject([
    1,
    {
      status: 'findings',
      files: [
        { path: 'good/a.csv', verdict: 'clean' },
        { path: 'good/deep/model.pkl', format: 'pickle', verdict: 'clean' },
        { path: 'evil.pkl', verdict: 'finding' },
      ],
      findings: [
        {
          rule: 'pickle-dangerous-import',
          evidence: '"os.system"',
          why: expect.stringContaining('runs'),
          page: expect.stringMatching(/\/docs\/rules\/pickle-dangerous-import\.md$/),
        },
      ],
    },
  ]);
});

test('--sarif writes a report in which what is waived is suppressed', async () => {
  await call(['scan', 'own.pkl', 'evil.pkl', '--policy', 'policy.yml', '--sarif', 'r.sarif'], { directory });
  const { results, tool } = JSON.parse(readFileSync(join(directory, 'r.sarif'), 'utf8')).runs[0];
  expect(tool.driver.rules[0].helpUri).toMatch(/\/docs\/rules\/pickle-dangerous-import\.md$/);
  expect(results).toMatchObject([
    { ruleId: 'pickle-dangerous-import', level: 'error' },
    { ruleId: 'pickle-unlisted-import', suppressions: [{ status: 'accepted' }] },
  ]);
});

test('--markdown shows foreign text as text', async () => {
  writeFileSync(join(directory, '<img src=x>|`.pkl'), evil);
  const { out } = await call(['scan', '<img src=x>|`.pkl', '--markdown'], { directory });
  expect(out).toContain('## Scan: findings');
  expect(out).toMatch(/\[`pickle-dangerous-import`\]\(https:\S+\/docs\/rules\/pickle-dangerous-import\.md\)/);
  expect(out).not.toMatch(/^[^`]*<img/m);
});

test.each([[[]], [['--json']], [['--markdown']]])(
  'names of files reach the terminal as text, with %j',
  async (options) => {
    const name = 'a\n\u001b[2J\u009b31m\u202e.pkl';
    mkdirSync(join(directory, 'names'), { recursive: true });
    writeFileSync(join(directory, 'names', name), zipOf([{ name, content: evil }]));
    const { code, out, err } = await call(['scan', 'names', '--sarif', 'names.sarif', ...options], { directory });
    expect([code, err]).toEqual([1, '']);
    expect(out).toContain('os.system');
    for (const text of [out, readFileSync(join(directory, 'names.sarif'), 'utf8')])
      expect(text).not.toMatch(/[^\P{Cc}\n]|[\u2028-\u202e]/u);
  },
);
