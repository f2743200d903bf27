import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { LfsBatch, type LfsPointer, lfsEndpoint, MAX_POINTER, parsePointer } from '../../core/data/sources/lfs.ts';
import { publicAddress } from '../../core/data/sources/reference.ts';
import { DataEngineError, type DataFile } from '../../flows/check-data/ports.ts';
import { httpLimits } from './http.ts';
import { callJson, download } from './http-client.ts';
import type { SourceContext } from './options.ts';
import { gitConfig, gitCredential, gitFolder } from './repository.ts';
import { placeFile } from './scratch.ts';

const MEDIA_TYPE = 'application/vnd.git-lfs+json';
/** Objects asked for in one call, as git-lfs does. */
const BATCH = 100;

interface Pointed {
  readonly file: DataFile;
  readonly pointer: LfsPointer;
}

/** The pointer that a file is; null for any other file. */
export async function pointerOf(file: DataFile): Promise<LfsPointer | null> {
  return file.bytes >= MAX_POINTER ? null : parsePointer(await readFile(file.path));
}

/**
 * The content of pointers, from the repository's own store or else from its remote by the batch API; what came is checked
 * against the pointer's digest and size. @throws DataEngineError
 */
export async function fetchLfs(pointed: readonly Pointed[], context: SourceContext): Promise<readonly DataFile[]> {
  const total = pointed.reduce((sum, { pointer }) => sum + pointer.size, 0);
  if (total > context.bounds.bytes)
    throw new DataEngineError(
      'unreadable',
      `Git LFS: ${total} bytes are more than the ${context.bounds.bytes} that may be fetched`,
    );
  const store = context.lfs === undefined ? await gitFolder(context) : null;
  const found = new Map<string, string>();
  const missing: Pointed[] = [];
  for (const one of pointed) {
    const path = store === null ? null : await inStore(store, one);
    if (path === null) missing.push(one);
    else found.set(one.file.name, path);
  }
  for (let start = 0; start < missing.length; start += BATCH) {
    const batch = missing.slice(start, start + BATCH);
    for (const [name, path] of await fromRemote(batch, context)) found.set(name, path);
  }
  const files: DataFile[] = [];
  for (const { file, pointer } of pointed) {
    const from = found.get(file.name) ?? '';
    const path = await context.scratch.place(file.name);
    await placeFile(from, path);
    files.push({
      name: file.name,
      path,
      bytes: pointer.size,
      pin: { source: file.name, kind: 'sha256', value: pointer.oid },
    });
  }
  return files;
}

async function inStore(store: string, { pointer }: Pointed): Promise<string | null> {
  const { oid, size } = pointer;
  const path = join(store, 'lfs', 'objects', oid.slice(0, 2), oid.slice(2, 4), oid);
  const there = await stat(path).catch(() => null);
  if (there === null || !there.isFile() || there.size !== size) return null;
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex') === oid ? path : null;
}

interface Server {
  readonly endpoint: string;
  /** As the remote's own address has it; null where the server is one that the checkout merely names. */
  readonly authorization: string | null;
}

async function fromRemote(batch: readonly Pointed[], context: SourceContext): Promise<ReadonlyMap<string, string>> {
  const { endpoint, authorization } = await serverOf(context, batch[0]?.file.name ?? '');
  const objects = await askBatch(batch, endpoint, authorization, context);
  const found = new Map<string, string>();
  for (const { file, pointer } of batch) {
    const object = objects.find(({ oid }) => oid === pointer.oid);
    const action = object?.actions?.download;
    if (action === undefined) {
      const why = object?.error === undefined ? 'the server does not name it' : object.error.message.slice(0, 300);
      throw new DataEngineError('unreadable', `${file.name}: ${publicAddress(endpoint)} has no ${pointer.oid}: ${why}`);
    }
    const path = await context.scratch.place(pointer.oid);
    // A signed address needs no credentials of ours: it gets what the server said, and only that.
    const headers = action.header ?? {};
    const limits = { ...httpLimits(context), maxBytes: pointer.size };
    const { mayFollow: _, ...anywhere } = limits;
    const got = await download({ url: action.href, headers }, path, {
      ...anywhere,
      allowPrivate: mayBePrivate(context),
    });
    if (got.sha256 !== pointer.oid || got.bytes !== pointer.size)
      throw new DataEngineError(
        'unreadable',
        `${file.name}: expected ${pointer.size} bytes of sha256 ${pointer.oid}, got ${got.bytes} of ${got.sha256}`,
      );
    found.set(file.name, path);
  }
  return found;
}

async function askBatch(
  batch: readonly Pointed[],
  endpoint: string,
  authorization: string | null,
  context: SourceContext,
): Promise<LfsBatch['objects']> {
  const call = (credential: string | null) =>
    callJson(
      {
        url: `${endpoint}/objects/batch`,
        method: 'POST',
        headers: {
          accept: MEDIA_TYPE,
          'content-type': MEDIA_TYPE,
          ...(credential === null ? {} : { authorization: credential }),
        },
        body: JSON.stringify({
          operation: 'download',
          transfers: ['basic'],
          hash_algo: 'sha256',
          objects: batch.map(({ pointer }) => ({ oid: pointer.oid, size: pointer.size })),
        }),
      },
      { seconds: context.bounds.seconds, allowPrivate: mayBePrivate(context) },
    );
  let answer = await call(authorization);
  if (answer.status === 401 && authorization === null && context.trust.kind === 'person')
    answer = await call(await gitCredential(context, endpoint));
  const parsed = LfsBatch.safeParse(answer.body);
  if (answer.status === 200 && parsed.success) return parsed.data.objects;
  const what = answer.status === 200 ? 'no answer of the batch API' : `status ${answer.status}`;
  const hint =
    answer.status !== 401 && answer.status !== 403
      ? ''
      : context.lfs === undefined
        ? ': it asks for credentials; run git lfs pull first'
        : ': the job’s token may not read it (contents: read)';
  throw new DataEngineError('unreadable', `Git LFS at ${publicAddress(endpoint)}: ${what}${hint}`);
}

/**
 * The remote's server. An address in `.lfsconfig` is part of the checkout, so a stranger may have written it: only a
 * person's own checkout is asked there, and with no other credentials than git has for that very address.
 */
async function serverOf(context: SourceContext, name: string): Promise<Server> {
  if (context.lfs !== undefined) return context.lfs;
  const remote = await gitConfig(context, 'remote.origin.url');
  const own = await gitConfig(context, 'lfs.url');
  const shared = context.trust.kind === 'person' ? await gitConfig(context, 'lfs.url', '.lfsconfig') : null;
  const endpoint = own ?? shared ?? (remote === null ? null : lfsEndpoint(remote));
  if (endpoint === null || !/^https?:\/\//.test(endpoint) || !URL.canParse(endpoint))
    throw new DataEngineError(
      'unreadable',
      `${name} is a pointer of Git LFS, its content is not here, and the repository has no remote over HTTP to ask: run git lfs pull`,
    );
  const plain = new URL(endpoint);
  // The remote's own address may hold its password, and what is below it is the same server.
  const holder =
    remote !== null && URL.canParse(remote) && new URL(remote).host === plain.host ? new URL(remote) : plain;
  const [user, password] = [decodeURIComponent(holder.username), decodeURIComponent(holder.password)];
  plain.username = '';
  plain.password = '';
  const authorization = password === '' ? null : `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  return { endpoint: plain.href.replace(/\/+$/, ''), authorization };
}

function mayBePrivate({ lfs, allowPrivate }: SourceContext): boolean {
  return lfs?.allowPrivate ?? allowPrivate;
}
