import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { signedByOneOf } from '../../app/signature.ts';

const sign = (body: string, secret: string) => `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

describe('a signature', () => {
  const verify = signedByOneOf(['the new secret', 'the old secret']);

  test.each(['the new secret', 'the old secret'])('made with %j is accepted while one replaces the other', (secret) => {
    expect(verify('body', sign('body', secret))).toBe(true);
  });

  test('made with the old secret is refused once it is gone', () => {
    expect(signedByOneOf(['the new secret', null])('body', sign('body', 'the old secret'))).toBe(false);
  });

  test.each([
    ['of another body', sign('other', 'the new secret')],
    ['made with a third secret', sign('body', 'a third secret')],
    ['made with no secret', sign('body', '')],
    ['that is empty', ''],
    ['in upper case', sign('body', 'the new secret').toUpperCase()],
    ['cut short', sign('body', 'the new secret').slice(0, -1)],
    ['of another algorithm', sign('body', 'the new secret').replace('sha256', 'sha1')],
  ])('%s is refused', (_, signature) => {
    expect(verify('body', signature)).toBe(false);
  });

  test('of any text is refused without an error', () => {
    fc.assert(fc.property(fc.string(), fc.string(), (body, signature) => !verify(body, signature)));
  });
});
