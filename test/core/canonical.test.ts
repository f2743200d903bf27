import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CanonicalError, canonicalJson, digestOf, sha256Hex } from '../../core/canonical.ts';

/** Vectors of RFC 8785, appendix B (numbers as IEEE 754 bits) and section 3.2. */
describe('numbers are written as RFC 8785 says', () => {
  test.each([
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['ffefffffffffffff', '-1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['c340000000000000', '-9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['44b52d02c7e14af7', '1.0000000000000001e+23'],
    ['444b1ae4d6e2ef4e', '999999999999999700000'],
    ['444b1ae4d6e2ef4f', '999999999999999900000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['41b3de4355555554', '333333333.33333325'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
  ])('%s is %s', (bits, text) => {
    expect(canonicalJson(Buffer.from(bits, 'hex').readDoubleBE())).toBe(text);
  });
});

test('members are sorted by UTF-16 code units', () => {
  const value = {
    '\u20ac': 'Euro',
    '\r': 'CR',
    '\ufb33': 'Dalet',
    '1': 'One',
    '\ud83d\ude00': 'Smile',
    '\u0080': 'Control',
    '\u00f6': 'o',
  };
  expect(Object.values(JSON.parse(canonicalJson(value)))).toHaveLength(7);
  const order = ['\r', '1', '\u0080', '\u00f6', '\u20ac', '\ud83d\ude00', '\ufb33'];
  const places = order.map((key) => canonicalJson(value).indexOf(JSON.stringify(key)));
  expect(places).toEqual([...places].sort((a, b) => a - b));
});

test('strings are escaped as RFC 8785 says', () => {
  const text = '\u20ac$\u000f\u000aA\'\u0042\u0022\u005c\\"/';
  expect(canonicalJson({ text })).toBe(String.raw`{"text":"€$\u000f\nA'B\"\\\\\"/"}`);
});

describe('is refused', () => {
  test.each<[string, unknown, string]>([
    ['NaN', Number.NaN, 'not_finite'],
    ['infinity', { a: [Number.POSITIVE_INFINITY] }, 'not_finite'],
    ['undefined', undefined, 'not_json'],
    ['an undefined member', { a: undefined }, 'not_json'],
    ['a hole in a list', new Array(1), 'not_json'],
    ['a function', () => 1, 'not_json'],
    ['a big integer', 1n, 'not_json'],
    ['a date', new Date(0), 'not_json'],
    ['a map', new Map(), 'not_json'],
    ['a lone surrogate', '\ud800', 'lone_surrogate'],
    ['a lone surrogate in a name', { '\udc00': 1 }, 'lone_surrogate'],
  ])('%s', (_, value, code) => {
    expect(() => canonicalJson(value)).toThrow(expect.objectContaining({ name: 'CanonicalError', code }));
  });

  test('nesting without end', () => {
    const loop: unknown[] = [];
    loop.push(loop);
    expect(() => canonicalJson(loop)).toThrow(CanonicalError);
  });
});

test('what is written reads back as the same value', () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test('the order in which members were added does not matter', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      expect(digestOf(Object.fromEntries(Object.entries(value).reverse()))).toBe(digestOf(value));
    }),
  );
});

test('SHA-256 of nothing is the known one', () => {
  expect(sha256Hex('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
});
