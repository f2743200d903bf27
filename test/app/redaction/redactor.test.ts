import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { redactor } from '../../../app/redaction/redactor.ts';

const { privateKey } = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const unknown = redactor([]);
const word = (length: number) =>
  fc.string({
    unit: fc.constantFrom(...'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789'),
    minLength: length,
    maxLength: length,
  });
/** Secrets as people set them. */
const secret = fc.integer({ min: 16, max: 80 }).chain(word);
/** What stands around them: no letters or digits, which could be more of the secret. */
const around = fc.string({ unit: fc.constantFrom(...' .,:;/=?&@"\'(){}[]<>-\n\t#é✓'), maxLength: 20 });

const cases: readonly (readonly [what: string, text: string, hidden: string])[] = [
  ['an installation token', 'got ghs_16C7e42F292c6912E7710c838347Ae178B4a now', '16C7e42F292c6912E7710c838347Ae178B4a'],
  ['an installation token that holds a JWT', 'ghs_1234_eyJhbGciOi.eyJpc3MiOi.c2lnbmF0dXJl', 'c2lnbmF0dXJl'],
  ['a personal token', 'ghp_abcdefghijklmnopqrstuvwxyz0123456789', 'ghp_abc'],
  ['a fine-grained token', 'github_pat_11ABCDEFG0aBcDeFgHiJkL_xYz', '11ABCDEFG0'],
  ['a JWT', 'jwt eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxIn0.abc-DEF_123', 'eyJpc3MiOiIxIn0'],
  ['a JWT without its end', 'jwt eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOi', 'eyJpc3MiOi'],
  ['a password in an address', 'postgresql://trainyard:hunter2!@db:5432/x', 'hunter2!'],
  ['a password with an @ in an address', 'postgresql://trainyard:hun@ter2@db:5432/x', 'ter2'],
  ['a token in a remote', 'https://x-access-token:v9x8y7@github.com/a/b.git', 'v9x8y7'],
  ['a token before a host', 'x-access-token:v9x8y7@github.com', 'v9x8y7'],
  ['an Authorization header', 'authorization: token abc123xyz', 'abc123xyz'],
  ['an Authorization header in JSON', '{"authorization":"Basic eC1hOmI="}', 'eC1hOmI'],
  ['an Authorization header in JSON in JSON', '{\\"Authorization\\":\\"Bearer abc123xyz\\"}', 'abc123xyz'],
  ['an Authorization header as a command line', "-c 'http.extraheader=AUTHORIZATION: basic eC1hOmI='", 'eC1hOmI'],
  ['a cookie', 'Set-Cookie: session=abc; HttpOnly', 'abc'],
  ['a signed address', 'https://store.example/a.zip?se=2026&sig=abc%2Fdef%3D&sp=r', 'abc%2Fdef'],
  ['a setting', 'PGPASSWORD=hunter22 psql', 'hunter22'],
  ['a token of ingest', '1795000000.abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ', 'abcdefghijkl'],
  ['a key', `found ${privateKey}`, privateKey.split('\n')[1] ?? '?'],
  ['a key in one line', JSON.stringify({ privateKey }), privateKey.split('\n')[1]?.slice(20) ?? '?'],
  ['a key without its end', privateKey.slice(0, 90), privateKey.slice(40, 80)],
];

describe('a secret that nobody told us of', () => {
  test.each(cases)('%s is known by its shape', (_, text, hidden) => {
    expect(text).toContain(hidden);
    expect(unknown.text(text)).not.toContain(hidden);
    expect(JSON.stringify(unknown.value({ nested: [{ text }] }))).not.toContain(hidden);
  });

  test.each([
    ['a field', { headers: { Authorization: 'xyzzy' } }],
    ['a field of fields', { credentials: { user: 'ada', pass: ['xyzzy'] } }],
    ['a name beside a value', { name: 'authorization', value: 'xyzzy' }],
    ['a list of names and values', ['host', 'x', 'authorization', 'xyzzy']],
    ['a map', new Map([['webhook_secret', 'xyzzy']])],
  ])('%s that is named so is hidden, whatever it holds', (_, value) => {
    expect(JSON.stringify(unknown.value(value))).not.toContain('xyzzy');
  });

  test('lines of a key in fields of their own are found', () => {
    const shown = JSON.stringify(unknown.value({ lines: privateKey.split('\n'), after: 'and more' }));
    for (const line of privateKey.split('\n').slice(1, -2)) expect(shown).not.toContain(line);
    expect(shown).toContain('and more');
    // Cut off, it does not take what comes next with it.
    expect(unknown.value([privateKey.slice(0, 100), 'words'])).toEqual(['[redacted]', 'words']);
  });
});

describe('ordinary text', () => {
  test.each([
    'expected the bearer token of this run, unexpired',
    'basic authentication is not used',
    'https://api.github.com/repos/flights/delay/pulls/7?per_page=100&page=2',
    'flight-delay@v1.2.0 was promoted to staging by ada (comment 12)',
    'git@github.com:flights/delay.git and https://github.com:443/flights',
    '01ARZ3NDEKTSV4RRFFQ69G5FAV 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    'trainyard[bot] wrote token: 3 lines',
  ])('stays as it is: %s', (text) => {
    expect(unknown.text(text)).toBe(text);
    expect(unknown.value({ text, count: 3, none: null })).toEqual({ text, count: 3, none: null });
  });
});

describe('a secret that is known', () => {
  const hides = (value: string, shown: string): void => {
    for (let at = 0; at + 12 <= value.length; at += 1) expect(shown).not.toContain(value.slice(at, at + 12));
  };

  test('is hidden wherever it stands, in every form that we write', () => {
    const forms: readonly ((secret: string, before: string) => string)[] = [
      (value) => value,
      (value) => JSON.stringify(JSON.stringify(value)),
      (value) => encodeURIComponent(value),
      (value, before) => Buffer.from(before + value).toString('base64'),
      (value, before) => Buffer.from(before + value).toString('base64url'),
      (value) => Buffer.from(value).toString('hex'),
    ];
    fc.assert(
      fc.property(
        secret,
        around,
        around,
        fc.constantFrom(...forms),
        fc.string({ maxLength: 5 }),
        (value, before, after, form, salt) => {
          const written = form(value, salt);
          const shown = redactor([value]).text(before + written + after);
          hides(value, shown);
          hides(written.slice(Math.ceil((salt.length * 4 * 4) / 3) + 4, -4), shown);
        },
      ),
    );
  });

  test('is hidden in nested fields, in errors and in the causes of their causes', () => {
    fc.assert(
      fc.property(secret, around, fc.integer({ min: 0, max: 5 }), (value, before, depth) => {
        let error: unknown = new Error(before + value);
        for (let at = 0; at < depth; at += 1) error = new Error('outer', { cause: error });
        const all = new AggregateError([error, { [value]: [value] }], value);
        const shown = JSON.stringify(redactor([value]).value({ all, deep: [[{ at: new Map([['x', value]]) }]] }));
        hides(value, shown);
        expect(shown).toContain('[redacted]');
      }),
    );
  });

  test('is hidden where it is split over fields that follow each other', () => {
    fc.assert(
      fc.property(secret, fc.array(fc.nat(), { minLength: 1, maxLength: 3 }), (value, cuts) => {
        const places = [0, ...cuts.map((cut) => cut % value.length).sort((a, b) => a - b), value.length];
        const parts = places.slice(1).map((end, index) => value.slice(places[index], end));
        const shown = redactor([value]).value({ before: 'x', parts: parts.map((part) => ({ part })), after: 'y' });
        expect(shown).toEqual({
          before: 'x',
          parts: parts.map((part) => ({ part: part === '' ? '' : '[redacted]' })),
          after: 'y',
        });
      }),
    );
  });

  test('is hidden where it was cut off', () => {
    fc.assert(
      fc.property(secret, fc.integer({ min: 12, max: 80 }), (value, length) => {
        const cut = value.slice(0, length);
        expect(redactor([value]).text(`stack: ${cut}`)).toBe('stack: [redacted]');
      }),
    );
  });

  test('is hidden line by line, if it is a key', () => {
    const known = redactor([privateKey]);
    for (const line of privateKey.trim().split('\n').slice(1, -1)) expect(known.text(`> ${line}`)).toBe('> [redacted]');
    expect(known.text(privateKey.replaceAll('\n', '\\n'))).not.toContain(privateKey.slice(40, 60));
  });

  test('is hidden in the error that is kept, which keeps its name', () => {
    const kept = redactor(['the quick brown fox']).error(new TypeError('no: the quick brown fox'));
    expect([kept.name, kept.message]).toEqual(['TypeError', 'no: [redacted]']);
    expect(kept.stack).not.toContain('quick brown');
    expect(kept.cause).toBeUndefined();
  });
});

describe('whatever it is given', () => {
  test('what comes out is JSON, comes out in time, and is the same when it goes in again', () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withNullPrototype: true }),
        (value) => {
          const once = redactor(['a secret of some length']).value(value);
          expect(JSON.parse(JSON.stringify(once))).toEqual(once);
          expect(redactor(['a secret of some length']).value(once)).toEqual(once);
        },
      ),
    );
  });

  test('what goes in is left as it is, and what is circular or throws ends nothing', () => {
    const circular: Record<string, unknown> = { token: 'abc' };
    circular['self'] = circular;
    Object.defineProperty(circular, 'bad', {
      enumerable: true,
      get: () => {
        throw new Error('no');
      },
    });
    expect(unknown.value({ a: circular })).toEqual({ a: '(unreadable)' });
    expect(circular['token']).toBe('abc');
    const self: unknown[] = [];
    self.push(self);
    expect(unknown.value(self)).toEqual(['(circular)']);
  });

  // A pattern that backtracks would not come to an end.
  test('long hostile text is looked at to the end', () => {
    for (const text of [
      'authorization: ',
      'a://',
      'eyJ',
      '-----BEGIN ',
      'password=',
      '?sig=',
      'bearer ',
      ':@/',
      'x-access-token:',
    ])
      expect(unknown.text(text.repeat(Math.floor(16_384 / text.length)))).toBeTypeOf('string');
  });
});
