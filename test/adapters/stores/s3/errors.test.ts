import { expect, test } from 'vitest';
import { explained } from '../../../../adapters/stores/s3/errors.ts';
import { PortError } from '../../../../flows/ports.ts';

const failure = (name: string, httpStatusCode?: number) =>
  Object.assign(new Error('their words'), { name, $metadata: httpStatusCode === undefined ? {} : { httpStatusCode } });

test.each([
  [failure('NoSuchBucket', 404), 'not_found'],
  [failure('AccessDenied', 403), 'forbidden'],
  [failure('ExpiredToken', 400), 'forbidden'],
  [failure('CredentialsProviderError'), 'forbidden'],
  [failure('SlowDown', 503), 'rate_limited'],
  [failure('InternalError', 500), 'unavailable'],
  [failure('TimeoutError'), 'unavailable'],
  [failure('EntityTooLarge', 400), 'malformed'],
  [new PortError('too_large', 'ours'), 'too_large'],
  ['no error at all', 'unavailable'],
])('%s is %s', (error, code) => {
  const said = explained(error, 'reading');
  expect(said.code).toBe(code);
  expect(said.message).not.toContain('their words');
});
