import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DataSource, nameOf, parseReference } from '../../../../core/data/sources/reference.ts';
import { refusal, type Trust } from '../../../../core/data/sources/trust.ts';

const SHA = 'a'.repeat(64);

describe('a reference', () => {
  test.each<[string, DataSource]>([
    ['data/flights.csv', { kind: 'path', path: 'data/flights.csv' }],
    ['data/**/*.parquet', { kind: 'path', path: 'data/**/*.parquet' }],
    ['C:\\data\\flights.csv', { kind: 'path', path: 'C:\\data\\flights.csv' }],
    ['at 10:30.csv', { kind: 'path', path: 'at 10:30.csv' }],
    ['run:1.csv', { kind: 'path', path: 'run:1.csv' }],
    ['lfs:data/big.csv', { kind: 'lfs', path: 'data/big.csv' }],
    ['dvc:data/big.csv', { kind: 'dvc', path: 'data/big.csv' }],
    ['s3://my-bucket/a/b.csv', { kind: 's3', bucket: 'my-bucket', key: 'a/b.csv', versionId: null }],
    ['s3://my-bucket/a/', { kind: 's3', bucket: 'my-bucket', key: 'a/', versionId: null }],
    ['s3://my-bucket/a.csv?versionId=x.1', { kind: 's3', bucket: 'my-bucket', key: 'a.csv', versionId: 'x.1' }],
    ['https://host/a.csv', { kind: 'http', url: 'https://host/a.csv', sha256: null }],
    [
      `https://host/a.csv?x=1#sha256=${SHA.toUpperCase()}`,
      { kind: 'http', url: 'https://host/a.csv?x=1', sha256: SHA },
    ],
    ['delta:data/table', { kind: 'delta', location: 'data/table', version: null }],
    ['delta:data/table@12', { kind: 'delta', location: 'data/table', version: '12' }],
    ['iceberg:data/t@8589934592', { kind: 'iceberg', location: 'data/t', version: '8589934592' }],
    ['snowflake:db.public.flights', { kind: 'snowflake', query: 'SELECT * FROM db.public.flights' }],
    ['databricks:SELECT a FROM t;', { kind: 'databricks', query: 'SELECT a FROM t' }],
  ])('%s is taken apart', (text, source) => {
    expect(parseReference(text)).toEqual({ ok: true, source });
  });

  test.each([
    ['', /found nothing/],
    ['gs://bucket/key', /gs:\/\/ can’t be read: expected/],
    ['file:///etc/passwd', /can’t be read/],
    ['s3://bucket', /name an object/],
    ['s3://B_/key', /bucket’s name/],
    ['s3://my-bucket/*.csv?versionId=1', /one object/],
    ['https://user:secret@host/a.csv', /password/],
    ['https://host/a.csv#md5=1', /sha256=/],
    ['delta:s3://bucket/table', /copy it there first/],
    ['iceberg:', /no folder/],
    ['snowflake:DROP TABLE x', /one SELECT/],
    ['lfs:', /no path/],
    ['a\0b', /expected/],
  ])('%s is refused, and what is expected is said', (text, message) => {
    expect(parseReference(text)).toEqual({ ok: false, message: expect.stringMatching(message) });
  });

  test('of any text is a source or a message, and a source has a name', () => {
    const scheme = fc.constantFrom('', 's3://', 'https://', 'delta:', 'lfs:', 'snowflake:', 'x://');
    fc.assert(
      fc.property(scheme, fc.string({ unit: 'binary' }), (start, rest) => {
        const result = parseReference(start + rest);
        expect(result.ok ? nameOf(result.source) : result.message).not.toBe('');
      }),
    );
  });

  test('is named without the signature of its address', () => {
    const result = parseReference('https://host/a.csv?X-Amz-Signature=secret');
    expect(result.ok && nameOf(result.source)).toBe('https://host/a.csv');
  });
});

describe('a reference from a pull request', () => {
  const trust: Trust = { kind: 'pull_request', prefixes: ['s3://team/flights/', 'https://host/data'] };
  const refusalOf = (text: string): string | null => {
    const parsed = parseReference(text);
    return parsed.ok ? refusal(parsed.source, trust) : parsed.message;
  };

  test.each([
    'data/a.csv',
    'delta:data/t',
    'dvc:a.csv',
    's3://team/flights/2024/*.csv',
    'https://host/data/a.csv?x=../y',
  ])('%s may be read', (text) => expect(refusalOf(text)).toBeNull());

  test.each([
    '/etc/passwd',
    '../other/a.csv',
    'data/../../a.csv',
    'data\\..\\..\\a.csv',
    'C:\\a.csv',
    '.git/config',
    'lfs:.GIT/config',
    'delta:/srv/table',
    's3://team/flights2/a.csv',
    's3://team/flights/../secret/a.csv',
    's3://other/flights/a.csv',
    'https://host/database/a.csv',
    'https://host/data/%2e%2e/secret.csv',
    'https://host/data/..%2fsecret.csv',
    'https://host.evil/data/a.csv',
    'http://host/data/a.csv',
    'https://host:8443/data/a.csv',
    'snowflake:t',
    'databricks:SELECT 1',
  ])('%s may not', (text) => expect(refusalOf(text)).not.toBeNull());

  test('is a person’s own where a person types it', () => {
    const parsed = parseReference('/etc/passwd');
    expect(parsed.ok && refusal(parsed.source, { kind: 'person' })).toBeNull();
  });
});
