import { stat } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { parseDvcConfig } from '../../core/data/sources/dvc.ts';
import { publicAddress } from '../../core/data/sources/reference.ts';
import { placeRefusal } from '../../core/data/sources/trust.ts';
import { httpLimits } from './http.ts';
import { download } from './http-client.ts';
import type { SourceContext } from './options.ts';
import { ownText } from './repository.ts';
import { fetchS3Object, s3Client } from './s3.ts';

export type StoreAnswer =
  | { readonly kind: 'found'; readonly path: string; readonly why: '' }
  | { readonly kind: 'missing' }
  | { readonly kind: 'refused'; readonly why: string };

/** A place that may hold DVC's objects. */
export interface DvcStore {
  readonly name: string;
  /** Brings an object to `target`, or says where it lies already. @throws DataEngineError where the store can't be asked */
  get(object: string, target: string): Promise<StoreAnswer>;
}

/** In bytes. */
const MAX_CONFIG = 65_536;

/** The project's cache, then its remote. What a checkout's configuration says is anybody's word: see each kind. */
export async function dvcStores(
  root: string,
  chosen: string | null,
  context: SourceContext,
): Promise<readonly DvcStore[]> {
  const person = context.trust.kind === 'person';
  const names = person ? ['config', 'config.local'] : ['config'];
  const texts = await Promise.all(
    names.map(async (name) => (await ownText(join(root, '.dvc', name), MAX_CONFIG, context)) ?? ''),
  );
  const config = parseDvcConfig(texts);
  const cache = person && config.cache !== null ? resolve(root, '.dvc', config.cache) : join(root, '.dvc', 'cache');
  const stores: DvcStore[] = person ? [folderStore('the cache', cache)] : [];
  const name = chosen ?? config.remote;
  const url = name === null ? undefined : config.remotes.get(name)?.get('url');
  if (name === null || url === undefined) return stores;
  return [...stores, remoteStore(name, url, config.remotes.get(name) ?? new Map(), root, context)];
}

function remoteStore(
  name: string,
  url: string,
  options: ReadonlyMap<string, string>,
  root: string,
  context: SourceContext,
): DvcStore {
  const [, scheme = ''] = /^([a-z][a-z0-9+.-]+):\/\//i.exec(url) ?? [];
  const title = `remote ${name}`;
  if (context.trust.kind === 'pull_request') {
    const why = scheme === '' ? 'a folder of this machine' : placeRefusal(`${url}/`, context.trust.prefixes);
    if (why !== null) return refusing(title, why);
  }
  if (options.get('version_aware') === 'true' || options.get('worktree') === 'true')
    return refusing(title, 'a version-aware remote, which can’t be read yet');
  switch (scheme.toLowerCase()) {
    case '':
      return folderStore(title, isAbsolute(url) ? url : resolve(root, '.dvc', url));
    case 'http':
    case 'https':
      return webStore(title, url, context);
    case 's3':
      return bucketStore(title, url, options, context);
    default:
      return refusing(title, `${scheme}:// can’t be read: expected a folder, s3:// or https://`);
  }
}

function refusing(name: string, why: string): DvcStore {
  return { name, get: async () => ({ kind: 'refused', why }) };
}

function folderStore(name: string, folder: string): DvcStore {
  return {
    name,
    async get(object) {
      const path = join(folder, object);
      const found = await stat(path).catch(() => null);
      return found?.isFile() === true ? { kind: 'found', path, why: '' } : { kind: 'missing' };
    },
  };
}

function webStore(name: string, url: string, context: SourceContext): DvcStore {
  const base = new URL(url);
  return {
    name,
    async get(object, target) {
      const address = `${publicAddress(base.href).replace(/\/+$/, '')}/${object}`;
      await download({ url: address }, target, httpLimits(context));
      return { kind: 'found', path: target, why: '' };
    },
  };
}

/**
 * A checkout may name a store's address of its own, and a request there would carry the session token of whoever reads:
 * it is followed only where the environment names the same.
 */
function bucketStore(
  name: string,
  url: string,
  options: ReadonlyMap<string, string>,
  context: SourceContext,
): DvcStore {
  const [, bucket = '', prefix = ''] = /^s3:\/\/([^/]+)\/?(.*?)\/*$/i.exec(url) ?? [];
  const own = context.variables['AWS_ENDPOINT_URL_S3'] ?? context.variables['AWS_ENDPOINT_URL'] ?? null;
  const named = options.get('endpointurl') ?? null;
  if (named !== null && named !== own)
    return refusing(name, `.dvc/config names the store ${named}: set AWS_ENDPOINT_URL_S3 to it if you trust it`);
  return {
    name,
    async get(object, target) {
      const client = await s3Client(context);
      const key = prefix === '' ? object : `${prefix}/${object}`;
      try {
        const wanted = { client, bucket, key, versionId: null, etag: null, target };
        const got = await fetchS3Object(wanted, context.bounds.bytes, context);
        return got === null ? { kind: 'missing' } : { kind: 'found', path: target, why: '' };
      } finally {
        client.destroy();
      }
    },
  };
}
