import { createWriteStream } from 'node:fs';
import { matchesGlob } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import { doubtful, placeOf } from '../../core/data/sources/beside-data.ts';
import { type DataSource, isGlob } from '../../core/data/sources/reference.ts';
import { DataEngineError, type DataFile } from '../../flows/check-data/ports.ts';
import type { SourceContext } from './options.ts';
import { placed } from './placed.ts';

type S3Source = Extract<DataSource, { kind: 's3' }>;

/**
 * A client by the usual variables: `AWS_ENDPOINT_URL_S3`, `AWS_REGION`, `AWS_ACCESS_KEY_ID` and its like. Without keys in
 * them, a person's own profile and roles are used; a job for a pull request has none and asks unsigned.
 */
export async function s3Client({ variables, trust }: SourceContext): Promise<S3Client> {
  const { S3Client: Client } = await import('./s3-sdk.ts');
  const given = (name: string): string | undefined => (variables[name] === '' ? undefined : variables[name]);
  const endpoint = given('AWS_ENDPOINT_URL_S3') ?? given('AWS_ENDPOINT_URL');
  const [id, secret, token] = [given('AWS_ACCESS_KEY_ID'), given('AWS_SECRET_ACCESS_KEY'), given('AWS_SESSION_TOKEN')];
  const region = given('AWS_REGION') ?? given('AWS_DEFAULT_REGION');
  const keys =
    id === undefined || secret === undefined
      ? null
      : { accessKeyId: id, secretAccessKey: secret, ...(token === undefined ? {} : { sessionToken: token }) };
  const unsigned: S3ClientConfig = {
    signer: { sign: async (request) => request },
    credentials: { accessKeyId: '', secretAccessKey: '' },
  };
  return new Client({
    ...(region === undefined && endpoint !== undefined ? { region: 'us-east-1' } : {}),
    ...(region === undefined ? {} : { region }),
    // Buckets as a part of the path: what other stores than Amazon's understand.
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    ...(keys !== null ? { credentials: keys } : trust.kind === 'pull_request' ? unsigned : {}),
    maxAttempts: 3,
  });
}

/** Objects fetched at the same time: small ones are mostly waited for. */
const AT_ONCE = 8;

/** An object, and what it must still be when it is read; null for whatever is there. */
export interface Listed {
  readonly key: string;
  readonly etag: string | null;
  readonly size: number;
}

/** Objects, streamed to files, each pinned by its version or ETag. @throws DataEngineError */
export async function fetchS3(source: S3Source, context: SourceContext): Promise<readonly DataFile[]> {
  const client = await s3Client(context);
  try {
    const one = !isGlob(source.key) && !source.key.endsWith('/');
    const objects = one ? [{ key: source.key, etag: null, size: 0 }] : await listObjects(client, source, context);
    const folder = one || isGlob(source.key) ? null : source.key.length;
    const unclear = folder === null ? undefined : objects.find(({ key }) => placeOf(key.slice(folder)) === 'doubtful');
    if (unclear !== undefined)
      throw new DataEngineError('unreadable', doubtful(`s3://${source.bucket}/${unclear.key}`));
    const files = await fetchObjects({ ...source, client }, objects, context.bounds.bytes, context, ({ key }) =>
      context.scratch.place(key),
    );
    return folder === null ? files : files.map((file, at) => placed(file, (objects[at]?.key ?? '').slice(folder)));
  } finally {
    client.destroy();
  }
}

type Bucket = Pick<S3Object, 'client' | 'bucket' | 'versionId'>;

/** @param maxBytes of all together. @param placeOf where an object's content goes. @throws DataEngineError */
export async function fetchObjects(
  from: Bucket,
  objects: readonly Listed[],
  maxBytes: number,
  context: SourceContext,
  placeOf: (object: Listed) => Promise<string>,
): Promise<readonly DataFile[]> {
  const what = `s3://${from.bucket}/${objects[0]?.key ?? ''}`;
  const total = objects.reduce((sum, { size }) => sum + size, 0);
  if (total > maxBytes) throw tooMuch(what, maxBytes);
  const files: DataFile[] = [];
  let budget = maxBytes;
  for (let start = 0; start < objects.length; start += AT_ONCE) {
    const some = objects.slice(start, start + AT_ONCE).map((one) => fetchOne(from, one, budget, context, placeOf));
    // All are waited for, also where one fails: none may write into a folder that is gone.
    const settled = await Promise.allSettled(some);
    for (const one of settled) {
      if (one.status === 'rejected') throw one.reason;
      files.push(one.value);
      budget -= one.value.bytes;
    }
    if (budget < 0) throw tooMuch(what, maxBytes);
  }
  return files;
}

async function fetchOne(
  { client, bucket, versionId }: Bucket,
  object: Listed,
  maxBytes: number,
  context: SourceContext,
  placeOf: (object: Listed) => Promise<string>,
): Promise<DataFile> {
  const { key, etag } = object;
  const name = `s3://${bucket}/${key}`;
  const target = await placeOf(object);
  const got = await fetchS3Object({ client, bucket, key, versionId, etag, target }, maxBytes, context);
  if (got === null) throw new DataEngineError('unreadable', `${name} can’t be read: no such object`);
  return { name, path: target, bytes: got.bytes, ...(got.pin === null ? {} : { pin: { source: name, ...got.pin } }) };
}

export interface S3Object {
  readonly client: S3Client;
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string | null;
  /** It must still be this one; null for whatever is there. */
  readonly etag: string | null;
  readonly target: string;
}

export interface S3Fetched {
  readonly bytes: number;
  readonly pin: { readonly kind: 'object_version' | 'etag'; readonly value: string } | null;
}

/** Streams one object to a file; null where there is none. @throws DataEngineError */
export async function fetchS3Object(
  object: S3Object,
  maxBytes: number,
  context: SourceContext,
): Promise<S3Fetched | null> {
  const { client, bucket, key, versionId, etag, target } = object;
  const name = `s3://${bucket}/${key}`;
  const { GetObjectCommand } = await import('./s3-sdk.ts');
  const command = new GetObjectCommand({
    Bucket: bucket,
    Key: key,
    ...(versionId === null ? {} : { VersionId: versionId }),
    ...(etag === null ? {} : { IfMatch: etag }),
  });
  const signal = AbortSignal.timeout(context.bounds.seconds * 1000);
  try {
    const answer = await client.send(command, { abortSignal: signal });
    if ((answer.ContentLength ?? 0) > maxBytes) throw tooMuch(name, maxBytes);
    if (!(answer.Body instanceof Readable)) throw new Error('an answer without content');
    let bytes = 0;
    const counted = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        bytes += chunk.length;
        done(bytes > maxBytes ? tooMuch(name, maxBytes) : null, chunk);
      },
    });
    await pipeline(answer.Body, counted, createWriteStream(target), { signal });
    const version = answer.VersionId === 'null' ? undefined : answer.VersionId;
    if (version !== undefined) return { bytes, pin: { kind: 'object_version', value: version } };
    return { bytes, pin: answer.ETag === undefined ? null : { kind: 'etag', value: answer.ETag } };
  } catch (cause) {
    if (cause instanceof Error && (cause.name === 'NoSuchKey' || cause.name === 'NoSuchVersion')) return null;
    throw problemOf(name, cause);
  }
}

async function listObjects(
  client: S3Client,
  { bucket, key }: S3Source,
  context: SourceContext,
): Promise<readonly Listed[]> {
  const prefix = isGlob(key) ? key.slice(0, key.search(/[*?[\]{}]/)) : key;
  // What begins with . or _ is not fetched where no name of data says that somebody may miss it.
  const isHidden = (name: string): boolean =>
    name.split('/').some((part) => /^[._]|^$/.test(part)) && placeOf(name) !== 'doubtful';
  const wanted = (name: string): boolean =>
    isGlob(key) ? matchesGlob(name, key) : !isHidden(name.slice(prefix.length));
  return listBelow(client, bucket, prefix, wanted, context);
}

/** Keys that one listing looks through, wanted or not. */
const MAX_KEYS = 1_000_000;

/** What is below a prefix and wanted, in the order of the keys. @throws DataEngineError */
export async function listBelow(
  client: S3Client,
  bucket: string,
  prefix: string,
  wanted: (key: string) => boolean,
  context: SourceContext,
): Promise<readonly Listed[]> {
  const { ListObjectsV2Command } = await import('./s3-sdk.ts');
  let keys = 0;
  const listed: Listed[] = [];
  let token: string | undefined;
  try {
    do {
      const request = { Bucket: bucket, Prefix: prefix, ...(token === undefined ? {} : { ContinuationToken: token }) };
      const abortSignal = AbortSignal.timeout(context.bounds.seconds * 1000);
      const page = await client.send(new ListObjectsV2Command(request), { abortSignal });
      for (const { Key: name = '', ETag: etag = null, Size: size = 0 } of page.Contents ?? [])
        if (wanted(name)) listed.push({ key: name, etag, size });
      // As it says itself how many there are, a store could go on without end.
      keys += Math.max(1, page.Contents?.length ?? 0);
      if (listed.length > context.bounds.files || keys > MAX_KEYS)
        throw new DataEngineError('unreadable', `s3://${bucket}/${prefix}: more than ${context.bounds.files} objects`);
      token = page.NextContinuationToken;
      if (page.IsTruncated === true && token === undefined)
        throw new DataEngineError(
          'unreadable',
          `s3://${bucket}/${prefix}: the store lists a part and not how to go on`,
        );
    } while (token !== undefined);
  } catch (cause) {
    throw problemOf(`s3://${bucket}/${prefix}`, cause);
  }
  return listed.toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

function tooMuch(name: string, maxBytes: number): DataEngineError {
  return new DataEngineError('unreadable', `${name}: more than the ${maxBytes} bytes that may be fetched`);
}

const ADVICE: Readonly<Record<string, string>> = {
  NoSuchBucket: 'no such bucket',
  AccessDenied: 'access is denied: check AWS_ACCESS_KEY_ID and what its owner may read',
  CredentialsProviderError: 'no credentials were found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile',
  PreconditionFailed: 'it was replaced while it was read: try again',
};

/** The SDK's messages hold no credentials; still, only a part that is known is repeated. */
function problemOf(name: string, cause: unknown): DataEngineError {
  if (cause instanceof DataEngineError) return cause;
  const code = cause instanceof Error ? cause.name : 'unknown';
  if (code === 'AbortError' || code === 'TimeoutError')
    return new DataEngineError('timed_out', `${name}: not read in time`, { cause });
  const said = cause instanceof Error ? cause.message.split('\n')[0]?.slice(0, 200) : '';
  return new DataEngineError('unreadable', `${name} can’t be read (${code}): ${ADVICE[code] ?? said}`, { cause });
}
