import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COMMANDS } from '../../cli/registry.ts';
import { makeKey } from '../core/samples.ts';
import { pickleOf, proto } from '../core/verification/assembler.ts';
import { copyExample, git } from '../examples/scenes.ts';
import { call, type Said } from './world.ts';

/** The examples of the commands' help, each run as it stands. */
let directory = '';

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'cli-examples-'));
  copyExample(directory);
  mkdirSync(join(directory, 'keys'));
  writeFileSync(join(directory, 'keys/trainyard.pub'), makeKey().public.pem);
  git(directory, 'init', '-q', '-b', 'develop');
  git(directory, 'add', '-A');
  git(directory, 'commit', '-q', '-m', 'first');
  git(directory, 'branch', 'main');
  writeFileSync(join(directory, 'src/features/columns.py'), '# another feature\n');
  git(directory, 'commit', '-q', '-a', '-m', 'second');
  git(directory, 'commit', '-q', '--allow-empty', '-m', 'third');
  const rows = Array.from({ length: 300 }, (_, at) => `${at},${(at * 7) % 90},${['AA', 'DL', 'UA'][at % 3]}`);
  for (const name of ['flights.csv', 'main.csv'])
    writeFileSync(join(directory, name), `id,delay,carrier\n${rows.join('\n')}\n`);
  writeFileSync(join(directory, 'model.pkl'), pickleOf(proto(4), '}.'));
  // The example's folder of this name holds its source.
  rmSync(join(directory, 'models'), { recursive: true });
  mkdirSync(join(directory, 'models'));
  writeFileSync(join(directory, 'models/model.pkl'), pickleOf(proto(4), '}.'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** The words of a line as a shell takes them; none of the examples needs more of a shell than quotes and one `echo`. */
function words(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
}

async function run(line: string): Promise<Said> {
  const [, input = '', rest = line] = /^echo "([^"]*)" \| (.*)$/.exec(line) ?? [];
  const [program, ...args] = words(rest);
  expect(program).toBe('trainyard');
  // Nothing listens there: what asks GitHub gets as far as that, so its options are right and its values read.
  const variables = {
    GITHUB_TOKEN: 'a token',
    GITHUB_REPOSITORY: 'acme/flights',
    GITHUB_API_URL: 'http://127.0.0.1:9',
  };
  return call(args, { directory, variables, input: `${input}\n` });
}

describe('on this machine', () => {
  const local = new Set(['plan', 'explain', 'scan', 'data']);
  const examples = COMMANDS.filter(({ name }) => local.has(name)).flatMap((command) => command.examples);
  test.each(examples)('%s', async (line) => {
    expect(await run(line)).toMatchObject({ code: 0, err: '' });
  });

  test('the files that examples write are there', () => {
    const written = examples.flatMap(([line]) =>
      [...line.matchAll(/--(?:out|html|sarif) (\S+)/g)].map(([, file]) => file),
    );
    expect(written.length).toBeGreaterThan(3);
    expect(readdirSync(directory)).toEqual(expect.arrayContaining(written));
  });
});

describe('with a repository on GitHub', () => {
  const remote = ['train', 'promote', 'verify', 'audit', 'reconcile'];
  test.each(COMMANDS.filter(({ name }) => remote.includes(name)).flatMap((command) => command.examples))(
    '%s',
    async (line) => {
      const { code, out, err } = await run(line);
      expect([code, out]).toEqual([2, '']);
      // One line: neither a wrong call, which shows the usage, nor a fault of ours, which shows a stack.
      expect(err).toMatch(
        /^trainyard [a-z]+: .*(?:no answer|got none|connect|ECONNREFUSED|bad port|fetch failed|tried again)/,
      );
      expect(err).not.toContain('\n');
    },
  );
});

test.each(COMMANDS)('$name has examples, all of itself', ({ name, examples }) => {
  expect(examples.length).toBeGreaterThan(0);
  for (const [line] of examples) expect(line).toMatch(new RegExp(`(?:^|\\| )trainyard ${name}\\b`));
});
