import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../cli/registry.ts';
import { call } from './world.ts';

const AS_ADA = { GITHUB_TOKEN: 'a token', GITHUB_REPOSITORY: 'acme/flights', GITHUB_API_URL: 'http://127.0.0.1:9' };

test.each(['commands', 'usage'])('every file of a command in %s is registered, and nothing else', (folder) => {
  const files = readdirSync(join(import.meta.dirname, '../../cli', folder));
  expect(COMMANDS.map(({ name }) => `${name}.ts`).toSorted()).toEqual(files.toSorted());
});

describe('help', () => {
  test('is what no command gets, as a wrong call', async () => {
    expect(await call([])).toMatchObject({ code: 2, out: expect.stringContaining('trainyard help COMMAND') });
  });

  test.each(['help', '--help', '-h'])('is what %s asks for', async (word) => {
    const { code, out } = await call([word]);
    expect(code).toBe(0);
    const listed = [...out.matchAll(/^ {2}([a-z]+) {2,}\S/gm)].map(([, command]) => command);
    expect(listed).toEqual(COMMANDS.map(({ name }) => name));
  });

  test.each(COMMANDS)('of $name explains each flag that its usage names, and no other', async ({ name, usage }) => {
    const { code, out } = await call([name, '--help']);
    expect(code).toBe(0);
    const options = out.slice(out.indexOf('Options:'), out.indexOf('Examples:'));
    const explained = [...options.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, flag]) => flag);
    const named = new Set([...usage.matchAll(/--[a-z-]+/g)].map(([flag]) => flag));
    expect(explained.toSorted()).toEqual([...named].toSorted());
  });

  test.each([
    [['scan', '--help'], 0],
    [['data', 'check', '--help'], 0],
    [['help', 'data', 'check'], 0],
    [['scan', 'model.pkl', '--help'], 2],
    [['data', 'chekc', '-h'], 2],
  ])('beside other arguments is no success, since nothing was done: %j', async (args, code) => {
    const said = await call(args);
    expect([said.code, said.out]).toEqual([code, expect.stringContaining('Examples:')]);
    expect(said.err).toMatch(code === 0 ? /^$/ : /a file of that name is \.\/--help$/);
  });

  test('is not asked for behind --', async () => {
    const { code, out } = await call(['scan', '--', '--help']);
    expect([code, out]).toEqual([2, expect.not.stringContaining('Examples:')]);
  });

  test.each([44, 60, 80, 100, undefined])(
    'fits into a terminal of %s columns, but for what is typed',
    async (columns) => {
      for (const name of ['', ...COMMANDS.map((command) => command.name)]) {
        const { out } = await call(name === '' ? ['help'] : ['help', name], { columns });
        const lines = out.split('\n').filter((line) => !/^ {2}(?:\S+ .*\| )?trainyard /.test(line));
        expect(lines.filter((line) => line.length > (columns ?? 80))).toEqual([]);
        expect(out).not.toMatch(/ $/m);
      }
    },
  );

  test('of a command is also what help and its name ask for', async () => {
    expect(await call(['help', 'scan'])).toEqual(await call(['scan', '--help']));
  });
});

test('an unknown command is a wrong call, with a suggestion', async () => {
  const { code, err } = await call(['trian']);
  expect([code, err]).toEqual([2, expect.stringMatching(/no command "trian".*did you mean "train"/)]);
});

test.each([
  ['--verison', '--version'],
  ['hlep', 'help'],
])('%s is no command either', async (word, meant) => {
  expect((await call([word])).err).toContain(`did you mean "${meant}"?`);
});

test.each(['--version', 'version'])('%s says which version this is', async (word) => {
  expect(await call([word])).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+$/) });
});

describe('a wrong call ends with 2 and says what was expected:', () => {
  test.each<[string, RegExp]>([
    ['data', /expected check, profile or init, got nothing/],
    ['data chekc flights.csv', /expected check, profile or init, got chekc; did you mean "check"/],
    ['data --json', /expected check FILE, got nothing/],
    ['data check --contract c.yaml', /FILE is missing: expected check FILE, got check$/m],
    ['data init', /FILE is missing: expected init FILE, got init$/m],
    ['plan here', /expected no argument, got here/],
    ['plan --bsae main', /no option '--bsae'; did you mean "--base"\?/],
    ['train', /expected MODEL, got nothing/],
    ['train Flight', /Flight is not the name of a model/],
    ['train flight-delay', /--ref is missing/],
    ['train flight-delay --ref main --set rate', /--set takes NAME=VALUE, not rate/],
    ['train flight-delay --ref main --set rate=1 --set rate=2', /--set gives rate twice/],
    ['train flight-delay --ref main --timeout soon', /--timeout takes seconds.*not soon/],
    ['promote flight-delay@v1.0.0', /expected MODEL@vX\.Y\.Z STAGE, got flight-delay@v1\.0\.0/],
    ['promote flight-delay production', /expected MODEL@vX\.Y\.Z, got flight-delay/],
    ['promote flight-delay@v1.0.0 Production', /Production is not the name of a stage/],
    ['promote flight-delay@v1.0.0 production --timeout -1', /timeout/],
    ['reconcile --word=', /--word is empty/],
    ['verify -x', /no option '-x'$/m],
    ['verify everything', /expected no argument, got everything/],
  ])('%s', async (line, says) => {
    const { code, out, err } = await call(line.split(' '), { variables: AS_ADA });
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(says);
    expect(err).toContain('Usage: trainyard');
  });
});

describe('what is not set up ends with 2 and says what to set:', () => {
  const calls = [
    'train flight-delay --ref main',
    'promote flight-delay@v1.0.0 production',
    'reconcile --word looked',
    'verify',
  ];
  test.each(calls)('no repository for %s', async (line) => {
    const { code, err } = await call(line.split(' '), { variables: { GITHUB_TOKEN: 'a token' } });
    expect([code, err]).toEqual([2, expect.stringMatching(/--repo owner\/name, or GITHUB_REPOSITORY/)]);
  });

  test.each(calls)('no token for %s', async (line) => {
    const { code, err } = await call(line.split(' '), { variables: { GITHUB_REPOSITORY: 'acme/flights' } });
    expect([code, err]).toEqual([2, expect.stringMatching(/GITHUB_TOKEN .* is not set/)]);
  });

  test('an address that is none', async () => {
    const { code, err } = await call(['verify'], { variables: { ...AS_ADA, GITHUB_API_URL: 'github' } });
    expect([code, err]).toEqual([2, expect.stringContaining('GITHUB_API_URL is no address: github')]);
  });

  test.each(calls)('a server that does not answer, for %s', async (line) => {
    expect(await call(line.split(' '), { variables: AS_ADA })).toMatchObject({ code: 2, out: '' });
  });
});
