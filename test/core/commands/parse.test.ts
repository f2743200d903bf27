import { describe, expect, test } from 'vitest';
import { parseComment } from '../../../core/commands/parse.ts';
import { expectRefused, only, train } from './reading.ts';

describe('a near miss is pointed out:', () => {
  test.each([
    ['a swap of letters', '/trian', '/train'],
    ['a letter left out', '/tain', '/train'],
    ['a capital', '/Train', '/train'],
    ['capitals', '/TRAIN m', '/train'],
    ['a word put to the end', '/trainfoo', '/train'],
    ['a word put to the end with a hyphen', '/train-all', '/train'],
    ['a word put to the end with an underscore', '/train_all', '/train'],
    ['a word put to the end with a colon', '/train:x', '/train'],
    ['a colon', '/train: m', '/train'],
    ['a full stop', '/train.', '/train'],
    ['an exclamation mark', '/train!', '/train'],
    ['a comma', '/train, please', '/train'],
    ['an equals sign', '/train=m', '/train'],
    ['a flag without its space', '/train--force', '/train'],
    ['a commit without its space', '/train@abcdef1', '/train'],
    ['an emoji behind the name', '/train🚀', '/train'],
    ['a Cyrillic letter', '/trаin', '/train'],
    ['an accent', '/tráin', '/train'],
    ['another form of the verb', '/retrain', '/train'],
    ['/validaet', '/validaet', '/validate'],
    ['/validated', '/validated', '/validate'],
    ['/evalute', '/evalute', '/evaluate'],
    ['/eval', '/eval', '/evaluate'],
    ['/cancle', '/cancle', '/cancel'],
    ['/cancelall', '/cancelall', '/cancel'],
    ['/retyr', '/retyr', '/retry'],
    ['/stauts', '/stauts', '/status'],
    ['/promte', '/promte', '/promote'],
    ['/rolback', '/rolback', '/rollback'],
    ['/roll-back', '/roll-back', '/rollback'],
    ['/Hold', '/Hold', '/hold'],
    ['/hodl', '/hodl', '/hold'],
    ['/unhodl', '/unhodl', '/unhold'],
    ["/remove-hold, Prow's word for it", '/remove-hold', '/unhold'],
    ['/LOCK', '/LOCK', '/lock'],
    ['/un-lock', '/un-lock', '/unlock'],
    ['/overide', '/overide', '/override'],
    ["/ok-to-test, Prow's word for it", '/ok-to-test', '/ok-to-train'],
    ['/oktotrain', '/oktotrain abcdef1', '/ok-to-train'],
    ['/ok_to_train', '/ok_to_train abcdef1', '/ok-to-train'],
    ['/hlep', '/hlep', '/help'],
    ['/helpme', '/helpme', '/help'],
  ])('%s', (_, body, meant) => {
    expect(only(body)).toMatchObject({
      kind: 'error',
      code: 'unknown_command',
      message: expect.stringContaining(`did you mean "${meant}"?`),
      usage: expect.stringContaining(meant),
    });
  });
});

describe('what is not for us gets no answer:', () => {
  test.each([
    ['nothing', ''],
    ['a slash alone', '/'],
    ['a slash and a space', '/ train'],
    ['two slashes', '//train'],
    ['a path', '/usr/bin/python'],
    ['a path below a command', '/train/x'],
    ['a file', '/train.py'],
    ['a file with an argument', '/train.py --force'],
    ['a comment of code', '/* train */'],
    ['a command in the middle of a line', 'please /train'],
    ['a command without its slash', 'train m'],
    ['a command in bold', '**/train**'],
    ['a command in italics', '_/train_'],
    ['a command in code', '`/train`'],
    ['an escaped slash', '\\/train'],
    ['a link', '[/train](x)'],
    ['a task', '- [ ] /train'],
    ['a mention and a command', '@trainyard /train'],
    ['a command of Atlantis', 'atlantis plan'],
    ['a command of branch-deploy', '.deploy'],
    ['a very long word', `/train${'x'.repeat(60_000)}`],
    ...[
      '/lgtm',
      '/lgtm cancel',
      '/approve',
      '/approve no-issue',
      '/assign @ada',
      '/unassign @ada',
      '/cc @ada',
      '/close',
      '/reopen',
      '/retest',
      '/retest required',
      '/test all',
      '/label bug',
      '/kind bug',
      '/priority high',
      '/milestone v1',
      '/merge',
      '/rebase',
      '/plan',
      '/apply',
      '/deploy',
      '/diff',
      '/run',
      '/stop',
      '/block',
      '/unblock',
      '/restart',
      '/start',
      '/review',
      '/format',
      '/build',
      '/release',
      '/lint',
      '/home',
      '/hello',
      '/link',
      '/lockfile',
      '/holdings',
      '/helpdesk',
    ].map((line) => [`another’s ${line}`, line]),
  ])('%s', (_, body) => {
    expect(parseComment(body)).toEqual([]);
  });
});

describe('what only looks like a command is said to be none:', () => {
  test.each<[string, string, string, RegExp]>([
    ['one space before it', ' /train', 'unknown_command', /very start of its line; did you mean "\/train"/],
    ['three spaces before it', '   /train m', 'unknown_command', /very start of its line/],
    ['spaces before it on a later line', 'Please:\n  /train', 'unknown_command', /very start of its line/],
    ['a zero-width space before it', '\u200b/train', 'unknown_command', /very start of its line/],
    ['a byte order mark before it', '\ufeff/train', 'unknown_command', /very start of its line/],
    ['a no-break space before it', '\u00a0/train', 'unknown_command', /very start of its line/],
    ['a full-width slash', '／train', 'unknown_command', /"／" is not the slash/],
    ['a fraction slash', '⁄train m', 'unknown_command', /is not the slash/],
    ['a division slash', '∕status', 'unknown_command', /is not the slash/],
    ['a no-break space behind the name', '/train\u00a0m', 'bad_quoting', /U\+00A0/],
    ['a zero-width space behind the name', '/train\u200b', 'bad_quoting', /U\+200B/],
    ['a zero-width space within the name', '/tr\u200bain', 'bad_quoting', /U\+200B/],
    ['a full-width space behind the name', '/train\u3000m', 'bad_quoting', /U\+3000/],
    ['a bidi override within the name', '/\u202etrain', 'bad_quoting', /U\+202E/],
    ['a line separator behind the name', '/train\u2028m', 'bad_quoting', /U\+2028/],
    ['a next-line character behind the name', '/train\u0085', 'bad_quoting', /U\+0085/],
    ['a form feed behind the name', '/train\f', 'bad_quoting', /U\+000C/],
    ['a vertical tab behind the name', '/train\vm', 'bad_quoting', /U\+000B/],
  ])('%s', (_, body, code, message) => {
    expectRefused(body, message, code);
  });

  test.each([
    ['four spaces before it, which make it code', '    /train'],
    ['a tab before it, which makes it code', '\t/train'],
    ['two spaces before it in a list', '- first\n\n  /train'],
    ['a line separator within text, which is no end of a line', 'text\u2028/train'],
    ['a next-line character within text', 'text\u0085/train'],
  ])('but not with %s', (_, body) => {
    expect(parseComment(body)).toEqual([]);
  });
});

describe('a line that hides something is refused:', () => {
  test.each<[string, string, RegExp]>([
    ['a zero-width space', '/train a\u200b', /U\+200B/],
    ['a zero-width joiner', '/train a\u200db', /U\+200D/],
    ['a bidi override', '/train \u202ea', /U\+202E/],
    ['a bidi isolate', '/hold a \u2066b\u2069', /U\+2066/],
    ['a soft hyphen', '/train a\u00adb', /U\+00AD/],
    ['a no-break space', '/train a\u00a0b', /U\+00A0/],
    ['a thin space', '/train a\u2009b', /U\+2009/],
    ['an ideographic space', '/train a\u3000b', /U\+3000/],
    ['a blank Braille pattern', '/train a\u2800', /U\+2800/],
    ['a Hangul filler', '/train \u3164', /U\+3164/],
    ['a word joiner', '/train a\u2060b', /U\+2060/],
    ['a tag character', '/train a\u{e0041}', /U\+E0041/],
    ['a variation selector behind a letter', '/train a\ufe0f', /U\+FE0F/],
    ['a combining grapheme joiner', '/train a\u034f', /U\+034F/],
    ['a null', '/train a\u0000', /U\+0000/],
    ['an escape', '/train \u001b[31ma', /U\+001B/],
    ['a backspace', '/train a\b', /U\+0008/],
    ['half of a surrogate pair', '/hold a\ud83d', /U\+D83D/],
  ])('%s', (_, body, message) => {
    expectRefused(body, message, 'bad_quoting');
  });
});

describe('quoting that does not end is refused:', () => {
  test.each<[string, string, RegExp]>([
    ['a double quote', '/train "a', /the quote " is never closed$/],
    ['a single quote', "/train 'a", /the quote ' is never closed/],
    ['a quote whose end is on the next line', '/train "a\nb"', /the quote " is never closed/],
    ['an escaped end', '/train "a\\"', /never closed/],
    ['a quote of the other kind', `/train "a'`, /never closed/],
    ['a backslash at the end', '/train a\\', /ends in a backslash; a command takes one line/],
    ['a line that goes on as in a shell', '/train a \\\n--force', /ends in a backslash/],
    ['60,000 characters of it', `/train "${'a'.repeat(60_000)}`, /never closed/],
  ])('%s', (_, body, message) => {
    expectRefused(body, message, 'bad_quoting');
  });
});

describe('lines', () => {
  const lines = (body: string) => parseComment(body).map(({ kind, line, text }) => [kind, line, text]);

  test('are commands of their own, each with its number', () => {
    expect(lines('Please:\n\n/status\n/train m\n\nthank you\n/nothing-of-ours')).toEqual([
      ['command', 3, '/status'],
      ['command', 4, '/train m'],
    ]);
  });

  test.each([
    ['line feeds', '\n'],
    ['carriage returns and line feeds', '\r\n'],
    ['carriage returns', '\r'],
  ])('end in %s', (_, end) => {
    expect(lines(`/status${end}text${end}/help${end}`)).toEqual([
      ['command', 1, '/status'],
      ['command', 3, '/help'],
    ]);
  });

  test('hold one command each: what follows on the line belongs to it', () => {
    expectRefused('/status /train', /expected nothing after \/status, got "\/train"/);
    expectRefused('/train && /status', /expected a model, got "&&"/);
  });

  test('that are broken do not stop the lines around them', () => {
    expect(parseComment('/status\n/train --nope\n/help').map(({ kind }) => kind)).toEqual([
      'command',
      'error',
      'command',
    ]);
  });

  test('may repeat a command', () => {
    expect(parseComment('/train a\n/train a').map((line) => line.kind === 'command' && line.command)).toEqual([
      train({ models: ['a'] }),
      train({ models: ['a'] }),
    ]);
  });

  test('of a table are no commands', () => {
    const table = '/train m | trains\n--- | ---\n/hold | holds\n/unhold | releases\n';
    expect(parseComment(table)).toEqual([]);
    expect(lines(`${table}\n/status`)).toEqual([['command', 6, '/status']]);
  });

  test('up to ten commands are run', () => {
    expect(parseComment('/status\n'.repeat(10)).every(({ kind }) => kind === 'command')).toBe(true);
  });

  test('beyond ten commands are refused at once, however many there are', () => {
    const parsed = parseComment('/status\n'.repeat(5000));
    expect(parsed).toHaveLength(11);
    expect(parsed.at(-1)).toMatchObject({ kind: 'error', code: 'too_many_commands', line: 11 });
  });

  test('with mistakes count among the ten', () => {
    expect(parseComment('/trian\n'.repeat(11)).at(-1)).toMatchObject({ code: 'too_many_commands', line: 11 });
  });
});

test('a comment of 65,536 characters is read', () => {
  expect(parseComment(`/status\n${'x'.repeat(65_528)}`)).toMatchObject([{ kind: 'command' }]);
});

test('a longer comment is refused whole', () => {
  expect(parseComment(`/status\n${'x'.repeat(65_529)}`)).toMatchObject([{ kind: 'error', code: 'body_too_long' }]);
});

test('a message is short, however long the line is', () => {
  const long = 'x'.repeat(60_000);
  for (const body of [`/train ${long}`, `/train --${long}`, `/train --set ${long}`, `/hold ${long}`, `/help ${long}`]) {
    const line = only(body);
    expect(line.kind === 'error' && line.message.length).toBeLessThan(500);
  }
});
