import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Command } from '../../../core/commands/command.ts';
import { type ParsedLine, parseComment } from '../../../core/commands/parse.ts';

const train = (
  rest: Partial<Extract<Command, { name: 'train' }>> | Record<string, unknown> = {},
): Record<string, unknown> => ({
  name: 'train',
  models: [],
  set: [],
  force: false,
  sha: null,
  ...rest,
});
const run = '01J9ZQ3X8M4V6T2B7C5D1E0F9G';

function only(body: string): ParsedLine {
  const lines = parseComment(body);
  expect(lines).toHaveLength(1);
  return lines[0] as ParsedLine;
}

describe('is read as a command', () => {
  test.each<[string, string, unknown]>([
    ['train alone', '/train', train()],
    ['train with trailing space', '/train  ', train()],
    ['train with a tab', '/train\tflight-delay', train({ models: ['flight-delay'] })],
    ['one model', '/train flight-delay', train({ models: ['flight-delay'] })],
    ['several models', '/train a b c', train({ models: ['a', 'b', 'c'] })],
    ['a quoted model', '/train "flight-delay"', train({ models: ['flight-delay'] })],
    ['a parameter', '/train --set lr=0.2', train({ set: [{ param: 'lr', text: '0.2' }] })],
    ['a parameter after =', '/train --set=lr=0.2', train({ set: [{ param: 'lr', text: '0.2' }] })],
    ['an empty value', '/train --set lr=', train({ set: [{ param: 'lr', text: '' }] })],
    ['a value with =', '/train --set a=b=c', train({ set: [{ param: 'a', text: 'b=c' }] })],
    ['a value in double quotes', '/train --set a="b c"', train({ set: [{ param: 'a', text: 'b c' }] })],
    ['a value in single quotes', "/train --set 'a=b c'", train({ set: [{ param: 'a', text: 'b c' }] })],
    ['an escaped space', '/train --set a=b\\ c', train({ set: [{ param: 'a', text: 'b c' }] })],
    ['an escaped quote', '/train --set a="b\\"c"', train({ set: [{ param: 'a', text: 'b"c' }] })],
    ['a backslash in double quotes', '/train --set a="b\\nc"', train({ set: [{ param: 'a', text: 'b\\nc' }] })],
    ['a backslash in single quotes', "/train --set 'a=b\\nc'", train({ set: [{ param: 'a', text: 'b\\nc' }] })],
    ['a dollar sign, unexpanded', '/train --set a=$HOME', train({ set: [{ param: 'a', text: '$HOME' }] })],
    ['a command substitution, unexpanded', '/train --set a=$(id)', train({ set: [{ param: 'a', text: '$(id)' }] })],
    ['backquotes, unexpanded', '/train --set a=`id`', train({ set: [{ param: 'a', text: '`id`' }] })],
    ['a glob, unexpanded', '/train --set a=*', train({ set: [{ param: 'a', text: '*' }] })],
    ['braces, unexpanded', '/train --set a={b,c}', train({ set: [{ param: 'a', text: '{b,c}' }] })],
    ['a tilde, unexpanded', '/train --set a=~', train({ set: [{ param: 'a', text: '~' }] })],
    ['a semicolon as text', '/train --set a=b;c', train({ set: [{ param: 'a', text: 'b;c' }] })],
    ['a workflow expression as text', '/train --set a=${{x}}', train({ set: [{ param: 'a', text: '${{x}}' }] })],
    ['a hash as text, not as a comment', '/train --set a=#b', train({ set: [{ param: 'a', text: '#b' }] })],
    ['a parameter that begins with two hyphens', '/train --set --x=1', train({ set: [{ param: '--x', text: '1' }] })],
    [
      'several parameters',
      '/train --set a=1 --set b=2',
      train({
        set: [
          { param: 'a', text: '1' },
          { param: 'b', text: '2' },
        ],
      }),
    ],
    ['force', '/train --force', train({ force: true })],
    ['flags before models', '/train --force m', train({ force: true, models: ['m'] })],
    ['a short sha', '/train @abcdef1', train({ sha: 'abcdef1' })],
    ['a sha in capitals', '/train @ABCDEF1', train({ sha: 'abcdef1' })],
    ['a full sha', `/train @${'a'.repeat(40)}`, train({ sha: 'a'.repeat(40) })],
    ['a SHA-256 object id', `/train @${'a'.repeat(64)}`, train({ sha: 'a'.repeat(64) })],
    ['a sha before the model', '/train @abcdef1 m', train({ sha: 'abcdef1', models: ['m'] })],
    [
      'everything at once',
      '/train m --set a=1 --force @abcdef1',
      train({ models: ['m'], set: [{ param: 'a', text: '1' }], force: true, sha: 'abcdef1' }),
    ],
    ['a model called like a command', '/train status', train({ models: ['status'] })],
    ['a model called constructor', '/train constructor', train({ models: ['constructor'] })],
    ['status', '/status', { name: 'status' }],
    ['cancel alone', '/cancel', { name: 'cancel', target: { kind: 'only' } }],
    ['cancel of all', '/cancel all', { name: 'cancel', target: { kind: 'all' } }],
    ['cancel of a run', `/cancel ${run}`, { name: 'cancel', target: { kind: 'run', run } }],
    [
      'cancel of a run in small letters',
      `/cancel ${run.toLowerCase()}`,
      { name: 'cancel', target: { kind: 'run', run } },
    ],
    ['cancel of a model', '/cancel flight-delay', { name: 'cancel', target: { kind: 'model', model: 'flight-delay' } }],
    ['help alone', '/help', { name: 'help', topic: null }],
    ['help on a command', '/help train', { name: 'help', topic: 'train' }],
    ['help with a slash', '/help /train', { name: 'help', topic: 'train' }],
    ['help on itself', '/help help', { name: 'help', topic: 'help' }],
  ])('%s', (_, body, command) => {
    expect(only(body)).toEqual({ kind: 'command', line: 1, text: body, command });
  });
});

describe('is refused with its usage', () => {
  test.each<[string, string, string, RegExp]>([
    ['an unknown flag', '/train --fast', 'bad_arguments', /unknown flag "--fast"; expected one of --set, --force/],
    ['a mistyped flag', '/train --forse', 'bad_arguments', /did you mean "--force"/],
    ['the prefix of a flag', '/train --forc', 'bad_arguments', /did you mean "--force"/],
    ['a short flag', '/train -f', 'bad_arguments', /unknown flag "-f"/],
    ['a flag in capitals', '/train --FORCE', 'bad_arguments', /unknown flag/],
    ['a quoted unknown flag', '/train "--nope"', 'bad_arguments', /unknown flag/],
    ['a lone double hyphen', '/train --', 'bad_arguments', /unknown flag "--"/],
    ['a value for a switch', '/train --force=yes', 'bad_arguments', /takes no value/],
    ['a switch given twice', '/train --force --force', 'bad_arguments', /given twice/],
    ['a flag without its value', '/train --set', 'bad_arguments', /--set needs a value/],
    ['a setting without =', '/train --set lr', 'bad_arguments', /expects name=value, got "lr"/],
    ['a setting without a name', '/train --set =1', 'bad_arguments', /expects name=value/],
    ['a parameter set twice', '/train --set a=1 --set a=2', 'bad_arguments', /set twice/],
    ['a setting without its flag', '/train lr=0.2', 'bad_arguments', /write --set lr=0.2/],
    ['a model in capitals', '/train Flight', 'bad_arguments', /expected a model, got "Flight"/],
    ['a model with a slash', '/train a/b', 'bad_arguments', /expected a model/],
    ['a model with dots', '/train ../x', 'bad_arguments', /expected a model/],
    ['an empty model', '/train ""', 'bad_arguments', /expected a model, got ""/],
    ['a model named twice', '/train a a', 'bad_arguments', /named twice/],
    ['a sha of six digits', '/train @abcdef', 'bad_arguments', /7 to 64 hex digits/],
    ['a sha that is no hex', '/train @nothexx', 'bad_arguments', /7 to 64 hex digits/],
    ['two shas', '/train @abcdef1 @abcdef2', 'bad_arguments', /more than one @sha/],
    ['an unclosed double quote', '/train "a', 'bad_quoting', /never closed/],
    ['an unclosed single quote', "/train 'a", 'bad_quoting', /never closed/],
    ['a backslash at the end', '/train a\\', 'bad_quoting', /ends in a backslash/],
    ['a zero-width space', '/train a\u200b', 'bad_quoting', /U\+200B/],
    ['a bidi override', '/train \u202ea', 'bad_quoting', /U\+202E/],
    ['a no-break space', '/train\u0020a\u00a0b', 'bad_quoting', /U\+00A0/],
    ['a null character', '/train a\u0000', 'bad_quoting', /U\+0000/],
    ['words after status', '/status now', 'bad_arguments', /expected nothing after \/status/],
    ['a flag of status', '/status --all', 'bad_arguments', /takes none/],
    ['two targets of cancel', '/cancel a b', 'bad_arguments', /got also "b"/],
    ['a broken target of cancel', '/cancel A_B', 'bad_arguments', /expected the id of a run, a model or "all"/],
    [
      'help on nothing that exists',
      '/help promote',
      'bad_arguments',
      /no command "promote"; expected one of train, status/,
    ],
    ['help on a typo', '/help trian', 'bad_arguments', /did you mean "train"/],
    ['help on two commands', '/help train status', 'bad_arguments', /got also "status"/],
  ])('%s', (_, body, code, message) => {
    const line = only(body);
    expect(line).toMatchObject({ kind: 'error', code });
    expect(line.kind === 'error' && line.message).toMatch(message);
    expect(line.kind === 'error' && line.usage).toBeTruthy();
  });
});

describe('a near miss is pointed out', () => {
  test.each([
    ['/trian', '/train'],
    ['/Train', '/train'],
    ['/TRAIN m', '/train'],
    ['/trainfoo', '/train'],
    ['/train-all', '/train'],
    ['/tain', '/train'],
    ['/stauts', '/status'],
    ['/cancle', '/cancel'],
    ['/cancelall', '/cancel'],
    ['/hlep', '/help'],
    ['/helpme', '/help'],
  ])('%s', (body, meant) => {
    const line = only(body);
    expect(line).toMatchObject({ kind: 'error', code: 'unknown_command' });
    expect(line.kind === 'error' && line.message).toContain(`did you mean "${meant}"?`);
  });
});

describe('is no command and no error', () => {
  test.each([
    ['nothing', ''],
    ['a slash alone', '/'],
    ["another bot's command", '/lgtm'],
    ['another command of another bot', '/retest required'],
    ['a path', '/usr/bin/python'],
    ['a path below a command', '/train/x'],
    ['a command with a full stop', '/train.'],
    ['a command with a colon', '/train: m'],
    ['a command with a no-break space', '/train\u00a0m'],
    ['a command in the middle of a line', 'please /train'],
    ['a command in bold', '**/train**'],
    ['a command in code', '`/train`'],
    ['two slashes', '//train'],
    ['a full-width slash', '／train'],
    ['a look-alike letter', '/trаin'],
    ['a task', '- [ ] /train'],
  ])('%s', (_, body) => {
    const lines = parseComment(body);
    expect(lines.filter(({ kind }) => kind === 'command')).toEqual([]);
  });
});

test('each line is a command of its own, with its number', () => {
  const lines = parseComment('Please:\n\n/status\n/train m\n\nthank you\n/nothing-of-ours');
  expect(lines.map(({ line, text }) => [line, text])).toEqual([
    [3, '/status'],
    [4, '/train m'],
  ]);
});

test('a broken line does not stop the lines around it', () => {
  expect(parseComment('/status\n/train --nope\n/help').map(({ kind }) => kind)).toEqual([
    'command',
    'error',
    'command',
  ]);
});

test('more than ten commands are not run', () => {
  const lines = parseComment('/status\n'.repeat(50));
  expect(lines).toHaveLength(11);
  expect(lines.at(-1)).toMatchObject({ kind: 'error', code: 'too_many_commands', line: 11 });
});

test('a body over the limit of GitHub is refused whole', () => {
  expect(parseComment(`/train\n${'x'.repeat(65_536)}`)).toMatchObject([{ kind: 'error', code: 'body_too_long' }]);
});

describe('for any text', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc
      .array(
        fc.constantFrom(
          '/train',
          '/cancel',
          '--set',
          '=',
          ' ',
          '\n',
          '"',
          "'",
          '\\',
          '@',
          '`',
          '<',
          '>',
          '-',
          '\r',
          'a',
          '0',
        ),
      )
      .map((parts) => parts.join('')),
  );

  test('parsing never throws, and every line is one of the text', () => {
    fc.assert(
      fc.property(hostile, (body) => {
        const lines = body.split(/\r\n|\n|\r/);
        for (const { line, text } of parseComment(body)) expect(lines[line - 1]).toBe(text);
      }),
    );
  });

  test('a value that is quoted comes out as it went in', () => {
    const value = fc
      .string({ unit: 'grapheme' })
      .filter((text) => !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u00a0\u3164\uffa0]/u.test(text));
    fc.assert(
      fc.property(value, (text) => {
        const quoted = `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
        // Behind a hyphen-free word, so that the paragraph begins with the command whatever the value is.
        expect(only(`/train --set a=${quoted}`)).toMatchObject({ command: { set: [{ param: 'a', text }] } });
      }),
    );
  });

  test('a command in a fence, however it is written, is never run', () => {
    fc.assert(
      fc.property(hostile, (inside) => {
        const safe = inside.replaceAll('`', '');
        expect(parseComment(`\`\`\`\n${safe}\n/train\n\`\`\``)).toEqual([]);
      }),
    );
  });
});
