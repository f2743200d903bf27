import { expect, test } from 'vitest';
import { describeParam, ParamSpec, readParam } from '../../../core/config/params.ts';

const number = ParamSpec.parse({ type: 'number', min: 0.001, max: 1, default: 0.1 });
const integer = ParamSpec.parse({ type: 'integer', min: -5, max: 100, default: 10 });
const boolean = ParamSpec.parse({ type: 'boolean', default: true });
const choice = ParamSpec.parse({ type: 'string', values: ['sgd', 'adam'], default: 'sgd' });
const like = ParamSpec.parse({ type: 'string', pattern: '[a-z]+', default: 'a' });
const free = ParamSpec.parse({ type: 'string', default: '' });
const wide = ParamSpec.parse({ type: 'number', default: 0 });

test.each([
  [number, '0.2', 0.2],
  [number, '2e-1', 0.2],
  [number, '.5', 0.5],
  [number, '1.', 1],
  [number, '+1', 1],
  [number, '0.001', 0.001],
  [wide, '-0', 0],
  [wide, '-1.5', -1.5],
  [integer, '100', 100],
  [integer, '-5', -5],
  [boolean, 'true', true],
  [boolean, 'false', false],
  [choice, 'adam', 'adam'],
  [like, 'abc', 'abc'],
  [free, '', ''],
  [free, 'a b=c', 'a b=c'],
  [free, 'true', 'true'],
])('%j takes %j', (spec, text, value) => {
  expect(readParam(spec, text)).toEqual({ ok: true, value });
});

test.each([
  [number, '0', /from 0.001 to 1, got 0/],
  [number, '1.0001', /from 0.001 to 1/],
  [number, '', /got ""/],
  [number, '0x1', /got "0x1"/],
  [number, ' 0.2', /got " 0.2"/],
  [number, '0,2', /got "0,2"/],
  [number, 'NaN', /got "NaN"/],
  [number, 'Infinity', /got "Infinity"/],
  [wide, '1e999', /got "1e999"/],
  [number, '1_0', /got "1_0"/],
  [number, '٣', /got/],
  [integer, '1.0', /integer from -5 to 100, got "1.0"/],
  [integer, '1e1', /got "1e1"/],
  [integer, '101', /got 101/],
  [integer, '9007199254740993', /got/],
  [boolean, 'True', /true or false/],
  [boolean, '1', /true or false/],
  [boolean, 'yes', /true or false/],
  [choice, 'SGD', /one of "sgd", "adam"/],
  [like, 'a1', /string like \[a-z\]\+/],
  [like, '', /string like/],
  [free, 'a\nb', /control character/],
  [free, 'x'.repeat(257), /expected string/],
  [free, '\ud800', /expected string/],
])('%j refuses %j', (spec, text, reason) => {
  const read = readParam(spec, text);
  expect(read.ok ? 'taken' : read.reason).toMatch(reason);
});

test('a parameter is described with its range and default', () => {
  expect(describeParam(number)).toBe('number from 0.001 to 1, default 0.1');
});
