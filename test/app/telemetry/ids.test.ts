import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  cameFromGithub,
  deliveryContext,
  flowSpanId,
  parseTraceparent,
  traceparent,
} from '../../../app/telemetry/ids.ts';

test('a delivery that is handled again stays in its trace, as another flow', () => {
  expect(deliveryContext('1f0b~3')).toEqual(deliveryContext('1f0b'));
  expect(deliveryContext('1f0b')).not.toEqual(deliveryContext('1f0c'));
  expect(flowSpanId('1f0b~1')).not.toBe(flowSpanId('1f0b'));
});

test('any id makes a context of the form that W3C asks for, which is read back as it was written', () => {
  fc.assert(
    fc.property(fc.string(), (id) => {
      const context = deliveryContext(id);
      expect(traceparent(context)).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
      expect(parseTraceparent(traceparent(context))).toEqual({ ...context, isRemote: true });
    }),
  );
});

test.each([
  '',
  'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  '00-00000000000000000000000000000000-b7ad6b7169203331-01',
  '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01',
  '00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01',
  '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x',
])('%j is no context', (text) => {
  expect(parseTraceparent(text)).toBeNull();
});

test.each([
  ['timer-flights/delay-1', false],
  ['progress-01ARZ3NDEKTSV4RRFFQ69G5FAV-1', false],
  ['1f0b6a3e-0000-4000-8000-000000000001', true],
])('%s came from GitHub: %s', (id, did) => {
  expect(cameFromGithub(id)).toBe(did);
});
