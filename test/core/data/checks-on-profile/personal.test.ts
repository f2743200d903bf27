import { expect, test } from 'vitest';
import { personalInside, personalKind, personalNumber } from '../../../../core/data/checks-on-profile/personal.ts';

const values = (...texts: string[]): [string, number][] => texts.map((text) => [text, 1]);

test.each([
  ['x', values('ada@example.org', 'b.en+x@mail.example.co'), 'email'],
  ['x', values('DE89 3704 0044 0532 0130 00', 'GB82WEST12345698765432'), 'iban'],
  ['x', values('4111 1111 1111 1111', '5500005555555559'), 'card'],
  ['x', values('2223003122003222'), 'card'],
  ['x', values('10.0.0.1', '2001:db8:0:0:0:0:0:1'), 'ip'],
  ['x', values('123-45-6789'), 'national_id'],
  ['x', values('+49 30 901820', '(555) 123-4567'), 'phone'],
  ['dateOfBirth', values('1980-02-03'), 'birth_date'],
  ['LastName', values('Lovelace'), 'name'],
  ['home address', values('1 Main St'), 'address'],
  ['email', [], 'email'],
  ['mail', [], 'email'],
  ['x', values('Ada Lovelace <ada@example.org>', 'write to ben@example.org, please'), 'email'],
  ['x', values('2001:db8::1', '::1'), 'ip'],
] as const)('a column %s with %j looks like %s', (name, texts, kind) => {
  expect(personalKind(name, texts)).toBe(kind);
});

test.each([
  ['digits that fail the check of cards', 'x', values('4111111111111112')],
  ['an IBAN with a wrong check digit', 'x', values('DE88370400440532013000')],
  ['an address with a number too large', 'x', values('300.1.1.1')],
  ['dates', 'x', values('2024-01-02', '2024-01-03')],
  ['plain numbers', 'x', values('5551234567', '1234567')],
  ['times of a day', 'x', values('12:30:00')],
  ['few addresses among other text', 'x', [...values('ada@example.org'), ['none', 9]]],
  ['a flag named after what it is about', 'phone', values('true', 'false')],
  ['a birth date that is none', 'birth_date', values('yes')],
  ['a name of something else', 'model_name', values('resnet')],
  ['a place named like one', 'mailing', values('daily')],
  ['an address of the net', 'x', values('https://ada@example.org/x', 'ssh://git@example.org:22/x')],
  ['a name in C++ and a ratio', 'x', values('std::vector', '1:2')],
] as const)('%s is no personal data', (_what, name, texts) => {
  expect(personalKind(name, texts)).toBeNull();
});

test.each([
  ['x', values('4111111111111111', '5500005555555559'), 'card'],
  ['ssn', values('123456789', '987654321'), 'national_id'],
  ['Phone Number', values('5551234567'), 'phone'],
  ['phone', [], 'phone'],
  ['x', values('4111111111111112', '1705312800000'), null],
  ['x', values('5551234567'), null],
  ['phone', values('0', '1'), null],
  ['email', values('12345678'), null],
  ['x', values('4111111111111111', '17', '18', '19'), null],
] as const)('integers in column %s, %j, look like %s', (name, numbers, kind) => {
  expect(personalNumber(name, numbers)).toBe(kind);
});

test.each([
  [
    [],
    values("{'reach': ada@example.org, 'n': 1}", "{'reach': NULL, 'n': 2}", "{'reach': b@example.org, 'n': 3}"),
    null,
  ],
  [[], values("{'reach': ada@example.org, 'n': 1}"), 'email'],
  [[], values('[+49 30 901820, +49 30 901821]'), 'phone'],
  [[], values('{key=10.0.0.1}'), 'ip'],
  [[], values('{"reach":"ada@example.org"}'), 'email'],
  [[], values('[4111111111111111]'), 'card'],
  [[], values('[4111111111111111, 4111111111111112]'), null],
  [['n', 'lastName'], values("{'n': 1, 'lastName': x}"), 'name'],
  [['n'], values("{'n': 1}"), null],
  [['n'], [], null],
] as const)('values with fields %j, such as %j, look like %s', (names, texts, kind) => {
  expect(personalInside(names, texts)).toBe(kind);
});

// A pattern that backtracks would not come to an end.
test('hostile values are looked at to the end', () => {
  const long = [`${'a'.repeat(200)}@`, 'a.'.repeat(120), `a@${'b-.'.repeat(80)}`, '1 '.repeat(120), ':'.repeat(250)];
  for (let round = 0; round < 200; round += 1)
    personalKind(
      'x',
      long.map((text): [string, number] => [text, 1]),
    );
  expect(personalInside(['x'], [[`${'a@'.repeat(500_000)}{[,=: `.repeat(9), 1]])).toBeNull();
  expect(personalKind('a_'.repeat(100_000), [['x'.repeat(1_000_000), 1]])).toBeNull();
});
