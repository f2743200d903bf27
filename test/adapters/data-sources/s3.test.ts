import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkout, contents } from './place.ts';
import { type Web, webServer } from './web.ts';

const here = checkout();
let web: Web;
const OBJECTS: Readonly<Record<string, string>> = {
  'flights/k=1/a.csv': 'a\n1\n',
  'flights/k=2/b.csv': 'a\n2\n',
  'flights/_SUCCESS': '',
  'flights/notes.txt': 'x',
};

/** What a store answers (https://docs.aws.amazon.com/AmazonS3/latest/API): a page of two keys, an object, an error. */
beforeEach(async () => {
  web = await webServer(({ path, headers }, response) => {
    const url = new URL(path, 'http://store');
    const xml = (status: number, text: string) =>
      response.writeHead(status, { 'content-type': 'application/xml' }).end(`<?xml version="1.0"?>${text}`);
    const error = (status: number, code: string) =>
      xml(status, `<Error><Code>${code}</Code><Message>${code}!</Message></Error>`);
    if (url.searchParams.get('list-type') === '2') {
      const keys = Object.keys(OBJECTS).filter((key) => key.startsWith(url.searchParams.get('prefix') ?? ''));
      if (keys.length === 0 && url.searchParams.get('prefix') === 'cut/') {
        xml(200, '<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>');
        return;
      }
      const from = Number(url.searchParams.get('continuation-token') ?? 0);
      const more =
        from + 2 < keys.length
          ? `<IsTruncated>true</IsTruncated><NextContinuationToken>${from + 2}</NextContinuationToken>`
          : '';
      const shown = keys
        .slice(from, from + 2)
        .map((key) => `<Contents><Key>${key}</Key><ETag>"${key.length}"</ETag><Size>4</Size></Contents>`);
      xml(200, `<ListBucketResult>${shown.join('')}${more}</ListBucketResult>`);
      return;
    }
    const key = decodeURIComponent(url.pathname).replace('/my-bucket/', '');
    const text = OBJECTS[key];
    const etag = `"${key.length}"`;
    const version = url.searchParams.get('versionId');
    if (url.pathname.startsWith('/locked/')) error(403, 'AccessDenied');
    else if (text === undefined) error(404, 'NoSuchKey');
    else if (headers['if-match'] !== undefined && headers['if-match'] !== etag) error(412, 'PreconditionFailed');
    else response.writeHead(200, { etag, ...(version === null ? {} : { 'x-amz-version-id': version }) }).end(text);
  });
});
afterEach(() => web.close());
afterAll(() => here.remove());

const KEYS = { AWS_ACCESS_KEY_ID: 'AKIDTEST', AWS_SECRET_ACCESS_KEY: 'very-secret' };
const open = (variables: Record<string, string> = KEYS, more = {}) =>
  here.open({ variables: { AWS_ENDPOINT_URL_S3: web.url, ...variables }, ...more });

describe('objects of a store', () => {
  test('of which a listing breaks off are not taken for all', async () => {
    const files = open();
    await expect(files.list('s3://my-bucket/cut/')).rejects.toThrow(/lists a part and not how to go on/);
    await files.close();
  });

  test('below a prefix are the dataset, without hidden ones, in their folders, pinned', async () => {
    const files = open();
    const found = await files.list('s3://my-bucket/flights/k=1/');
    expect(contents(found)).toEqual([['s3://my-bucket/flights/k=1/a.csv', 'a\n1\n']]);
    expect(found[0]).toMatchObject({
      path: expect.stringMatching(/\/k=1\/a\.csv$/),
      pin: { kind: 'etag', value: '"17"' },
    });
    await files.close();
    expect(here.left()).toEqual([]);
  });

  test('are found by a glob over several pages', async () => {
    const files = open();
    const found = await files.list('s3://my-bucket/flights/*/*.csv');
    expect(found.map(({ name }) => name)).toEqual([
      's3://my-bucket/flights/k=1/a.csv',
      's3://my-bucket/flights/k=2/b.csv',
    ]);
    await files.close();
  });

  test('of one version are pinned by it', async () => {
    const files = open();
    const [file] = await files.list('s3://my-bucket/flights/k=1/a.csv?versionId=v.7');
    expect(file?.pin).toEqual({ source: 's3://my-bucket/flights/k=1/a.csv', kind: 'object_version', value: 'v.7' });
    await files.close();
  });

  test('are asked for with a signature, and the secret never travels', async () => {
    const files = open();
    await files.list('s3://my-bucket/flights/k=1/a.csv');
    expect(web.seen[0]?.headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=AKIDTEST/);
    expect(JSON.stringify(web.seen)).not.toContain('very-secret');
    await files.close();
  });

  test('are asked for unsigned by a job that may have no credentials', async () => {
    const files = open({}, { trust: { kind: 'pull_request', prefixes: ['s3://my-bucket/'] } });
    expect(await files.list('s3://my-bucket/flights/k=1/a.csv')).toHaveLength(1);
    expect(web.seen[0]?.headers.authorization).toBeUndefined();
    await files.close();
  });

  test.each([
    ['s3://my-bucket/none.csv', /no such object/],
    ['s3://locked/a.csv', /AccessDenied.*AWS_ACCESS_KEY_ID/],
  ])('%s can’t be read, and what to do is said without the secret', async (reference, message) => {
    const files = open();
    const error: unknown = await files.list(reference).catch((cause: unknown) => cause);
    expect(String(error)).toMatch(message);
    expect(String(error)).not.toContain('very-secret');
    await files.close();
  });

  test.each([
    ['bytes', { bytes: 3, files: 10, seconds: 10 }, /more than the 3 bytes/],
    ['objects', { bytes: 100, files: 1, seconds: 10 }, /more than 1 objects/],
  ])('of more %s than may be fetched are refused', async (_, bounds, message) => {
    const files = open(KEYS, { bounds });
    await expect(files.list('s3://my-bucket/flights/**')).rejects.toThrow(message);
    await files.close();
    expect(here.left()).toEqual([]);
  });
});
