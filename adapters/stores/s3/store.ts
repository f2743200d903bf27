import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { StoreConfig } from '../../../core/config/policy.ts';
import type { RepositoryName, RunId } from '../../../core/names.ts';
import { storePlace } from '../../../core/training/store.ts';
import { PortError, type RunStore } from '../../../flows/ports.ts';
import { explained, isMissing } from './errors.ts';

/** Static keys; left out, the machine's own role is used (instance profile, workload identity). */
export interface StoreCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface S3StoreOptions {
  readonly config: StoreConfig;
  readonly repository: RepositoryName;
  readonly credentials: StoreCredentials | null;
}

/** Of a multipart upload; S3 wants at least 5 MiB and at most 10,000 parts. */
const PART_BYTES = 16 * 2 ** 20;
/** Seconds: no longer does S3 sign. */
const LONGEST = 7 * 86_400;
const OBJECT_NAME = /^[a-z0-9][a-z0-9.-]*(\/[a-z0-9][a-z0-9.-]*)*$/;

/** The runs' part of a bucket that speaks S3. Every failure is a PortError that names the bucket, and no key. */
export function s3Store({ config, repository, credentials }: S3StoreOptions): RunStore {
  const { endpoint, bucket, prefix } = storePlace(config, repository);
  const client = new S3Client({
    region: config.s3.region,
    endpoint,
    forcePathStyle: true,
    maxAttempts: 3,
    // A checksum in the signature would have to be known before the object is written.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...(credentials === null ? {} : { credentials }),
  });
  const at = (run: RunId, name: string) => {
    if (!OBJECT_NAME.test(name))
      throw new PortError('malformed', `expected the name of an object, got ${JSON.stringify(name)}`);
    return { Bucket: bucket, Key: `${prefix}${run}/${name}` };
  };
  const asked = async <T>(what: string, ask: () => Promise<T>): Promise<T> => {
    try {
      return await ask();
    } catch (error) {
      throw explained(error, `${what} in the bucket ${bucket} at ${endpoint}`);
    }
  };
  return {
    async sign(run, name, method, seconds) {
      if (seconds > LONGEST) throw new PortError('malformed', `expected at most ${LONGEST} seconds, got ${seconds}`);
      const object = at(run, name);
      const command = method === 'GET' ? new GetObjectCommand(object) : new PutObjectCommand(object);
      const url = await asked('signing an address', () => getSignedUrl(client, command, { expiresIn: seconds }));
      return { method, url, headers: {} };
    },
    async stat(run, name) {
      try {
        const { ContentLength: size, ETag: etag } = await client.send(new HeadObjectCommand(at(run, name)));
        return { size: size ?? 0, etag: etag ?? '' };
      } catch (error) {
        if (isMissing(error)) return null;
        throw explained(error, `looking for ${name} in the bucket ${bucket} at ${endpoint}`);
      }
    },
    async read(run, name, maxBytes) {
      try {
        const { ContentLength: size = 0, Body: body } = await client.send(new GetObjectCommand(at(run, name)));
        if (size > maxBytes)
          throw new PortError('too_large', `${name} has ${size} bytes, expected at most ${maxBytes}`);
        return body === undefined ? new Uint8Array() : await body.transformToByteArray();
      } catch (error) {
        if (isMissing(error)) return null;
        throw explained(error, `reading ${name} in the bucket ${bucket} at ${endpoint}`);
      }
    },
    async *content(run, name) {
      try {
        const { Body: body } = await client.send(new GetObjectCommand(at(run, name)));
        if (body !== undefined) yield* body.transformToWebStream();
      } catch (error) {
        if (isMissing(error)) throw new PortError('gone', `${name} is no longer in the bucket ${bucket}`);
        throw explained(error, `reading ${name} in the bucket ${bucket} at ${endpoint}`);
      }
    },
    write: (run, name, content) => asked(`writing ${name}`, () => upload(client, at(run, name), content())),
    remove: (run, keep = []) =>
      asked(`removing run ${run}`, () => {
        const stays = new Set(keep.map((name) => at(run, name).Key));
        return removeBelow(client, bucket, `${prefix}${run}/`, stays);
      }),
  };
}

type At = { readonly Bucket: string; readonly Key: string };

/** One request for what fits a part, parts for what does not: it is never in memory as a whole, and never half there. */
async function upload(client: S3Client, object: At, content: AsyncIterable<Uint8Array>): Promise<void> {
  const parts = partsOf(content);
  const first = await parts.next();
  const head = first.done === true ? Buffer.alloc(0) : first.value;
  if (head.length < PART_BYTES) {
    await client.send(new PutObjectCommand({ ...object, Body: head }));
    return;
  }
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(object));
  if (UploadId === undefined) throw new PortError('unavailable', 'the store began no upload');
  try {
    const sent: { ETag: string | undefined; PartNumber: number }[] = [];
    for (let part = head; part.length > 0; ) {
      const PartNumber = sent.length + 1;
      const { ETag } = await client.send(new UploadPartCommand({ ...object, UploadId, PartNumber, Body: part }));
      sent.push({ ETag, PartNumber });
      const next = await parts.next();
      part = next.done === true ? Buffer.alloc(0) : next.value;
    }
    await client.send(new CompleteMultipartUploadCommand({ ...object, UploadId, MultipartUpload: { Parts: sent } }));
  } catch (error) {
    // Parts of an upload that nobody ends are paid for; why it failed counts more than whether this works.
    await client.send(new AbortMultipartUploadCommand({ ...object, UploadId })).catch(() => {});
    throw error;
  }
}

async function* partsOf(content: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, void> {
  let [chunks, bytes]: [Uint8Array[], number] = [[], 0];
  for await (const chunk of content) {
    for (let start = 0; start < chunk.length; ) {
      const piece = chunk.subarray(start, start + PART_BYTES - bytes);
      chunks.push(piece);
      bytes += piece.length;
      start += piece.length;
      if (bytes < PART_BYTES) continue;
      yield Buffer.concat(chunks);
      [chunks, bytes] = [[], 0];
    }
  }
  if (bytes > 0) yield Buffer.concat(chunks);
}

async function removeBelow(
  client: S3Client,
  bucket: string,
  prefix: string,
  stays: ReadonlySet<string>,
): Promise<void> {
  for (let after: string | undefined; ; ) {
    const below = { Bucket: bucket, Prefix: prefix, StartAfter: after };
    const { Contents: found = [] } = await client.send(new ListObjectsV2Command(below));
    const keys = found.flatMap(({ Key }) => Key ?? []);
    after = keys.at(-1);
    if (after === undefined) return;
    const removed = keys.filter((key) => !stays.has(key)).map((Key) => ({ Key }));
    if (removed.length === 0) continue;
    const { Errors: errors = [] } = await client.send(
      new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: removed, Quiet: true } }),
    );
    if (errors.length > 0)
      throw new PortError('forbidden', `${errors.length} objects can’t be deleted: ${errors[0]?.Code ?? ''}`);
  }
}
