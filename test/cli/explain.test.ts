import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readInput } from '../../cli/standard-input.ts';
import { Explanation } from '../../core/explain/answer.ts';
import { CONFIG_TEXT } from '../core/samples.ts';
import { call, type Said } from './world.ts';

const directory = mkdtempSync(join(tmpdir(), 'explain-'));
const explain = (input: string | Uint8Array, ...args: string[]): Promise<Said> =>
  call(['explain', '--config', 'base.yml', ...args], { directory, input });
const reasonOf = ({ out }: Said): string | undefined => Explanation.parse(JSON.parse(out)).commands[0]?.reason;

beforeAll(() => {
  writeFileSync(join(directory, 'base.yml'), CONFIG_TEXT);
  writeFileSync(join(directory, 'broken.yml'), 'version: [');
  writeFileSync(join(directory, 'empty.json'), '{}');
  writeFileSync(join(directory, 'wrong.json'), '{"staet": "open", "number": "7"}');
  writeFileSync(join(directory, 'no.json'), 'state: open');
  writeFileSync(join(directory, 'binary'), new Uint8Array([0xff, 0xfe]));
});

afterAll(() => rmSync(directory, { recursive: true }));

describe('exits with', () => {
  test.each<[number, string, string, string[]]>([
    [0, 'a command that is carried out', '/train', ['--role', 'write']],
    [0, 'no command', 'looks good', []],
    [0, 'nothing at all', '', []],
    [1, 'a command that is refused', '/train', ['--role', 'read']],
    [1, 'a command without a role', '/train', []],
    [1, 'a command that is left alone', '/train', ['--role', 'write', '--bot', '--user', 'ci[bot]']],
    [1, 'one refused among others', '/train\n/trian', ['--role', 'write']],
    [1, 'a pull request of which nothing is known', '/train', ['--role', 'write', '--pr', 'empty.json']],
    [1, 'a config that nobody can use', '/train', ['--role', 'write', '--config', 'broken.yml']],
  ])('%i for %s', async (code, _, comment, args) => {
    expect(await explain(comment, ...args)).toMatchObject({ code, err: '' });
  });

  test.each<[string, string[], RegExp]>([
    ['an unknown option', ['--rolle', 'write'], /--rolle/],
    ['an argument', ['/train'], /expected no argument, got \/train/],
    ['a role that is none', ['--role', 'owner'], /--role takes none, read, triage, write, maintain, admin; not owner/],
    ['a team with its organisation', ['--team', 'acme/ml'], /--team takes the slug of a team such as ml/],
    ['a login that is none', ['--user', 'a b'], /--user takes a login/],
    ['a config that is not there', ['--config', 'nowhere.yml'], /nowhere.yml can't be read/],
    ['a head config that is not there', ['--head-config', 'nowhere.yml'], /nowhere.yml can't be read/],
    ['a file that is no JSON', ['--pr', 'no.json'], /no.json is no JSON/],
    [
      'a file with other keys',
      ['--pr', 'wrong.json'],
      /wrong.json is not what docs\/explain.md describes[\s\S]*number[\s\S]*staet/,
    ],
    ['a file that is no text', ['--pr', 'binary'], /binary is not UTF-8/],
  ])('2 for %s, and says why', async (_, args, message) => {
    const said = await explain('/train', ...args);
    expect(said).toMatchObject({ code: 2, out: '', err: expect.stringMatching(message) });
  });

  test('2 for a comment that is not UTF-8', async () => {
    expect(await explain(new Uint8Array([0x2f, 0xff]))).toMatchObject({ code: 2, out: '' });
  });

  test('2 for more than a mebibyte of comment', async () => {
    expect(await explain('x'.repeat(1_048_577))).toMatchObject({
      code: 2,
      err: expect.stringMatching(/1048576 bytes/),
    });
  });
});

test('a file may begin with a byte order mark', async () => {
  writeFileSync(join(directory, 'mark.json'), '\uFEFF{"comment": {"kind": "issue"}}');
  expect(reasonOf(await explain('/train', '--pr', 'mark.json'))).toBe('not_a_pull_request');
});

test('a comment that GitHub would not take is refused as such', async () => {
  expect(reasonOf(await explain('x'.repeat(70_000), '--role', 'write'))).toBe('body_too_long');
});

test('the user’s id is compared where policy names one', async () => {
  const named = CONFIG_TEXT.replace('policy:', 'policy:\n  commands: { train: "user:ada#42" }');
  writeFileSync(join(directory, 'named.yml'), named);
  const as = async (user: string) => reasonOf(await explain('/train', '--config', 'named.yml', '--user', user));
  expect([await as('ada#42'), await as('ada#7'), await as('ada')]).toEqual([
    'allowed',
    'not_permitted',
    'not_permitted',
  ]);
});

test('a team is enough where policy names it', async () => {
  writeFileSync(
    join(directory, 'team.yml'),
    CONFIG_TEXT.replace('policy:', 'policy:\n  commands: { train: "team:ml" }'),
  );
  const as = async (...args: string[]) => reasonOf(await explain('/train', '--config', 'team.yml', ...args));
  expect([await as('--team', 'web', '--team', 'ml'), await as('--team', 'web')]).toEqual(['allowed', 'not_permitted']);
});

test.each([
  ['a zero-width space', '/train a\u200b'],
  ['an escape sequence', '/train \u001b[31m'],
  ['a control of eight bits', '/train \u009b31m'],
  ['a bidi override', '/train \u202e'],
  ['a tag character', '/train \u{e0041}'],
])('%s comes out as it went in, and says nothing to a terminal', async (_, comment) => {
  const { out } = await explain(comment, '--role', 'write');
  expect(out.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  expect(Explanation.parse(JSON.parse(out)).commands[0]?.text).toBe(comment);
});

test('standard input is read up to its limit, also where it never ends', async () => {
  const endless = new PassThrough();
  endless.write('x'.repeat(100));
  expect((await readInput(endless, 10)).length).toBe(11);
});
