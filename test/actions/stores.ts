import { createHash } from 'node:crypto';
import type { DataAccess } from '../../actions/runtime/data-access.ts';
import { duckDbEngines } from '../../adapters/duckdb/engine.ts';
import { webServer } from '../adapters/data-sources/web.ts';

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
export const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

export const lfsPointer = (text: string, size = Buffer.byteLength(text)): string =>
  `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256(text)}\nsize ${size}\n`;

export const dvcPointer = (name: string, text: string): string =>
  `outs:\n- md5: ${md5(text)}\n  size: ${text.length}\n  hash: md5\n  path: ${name}\n`;

export interface Stores {
  /** Objects of Git LFS, by what the server says that they are. */
  readonly lfs: Map<string, string>;
  /** Objects of a store that speaks S3, by `bucket/key`. */
  readonly s3: Map<string, string>;
  /** Answers in place of files below `/web`: a status with a header. */
  readonly redirects: Map<string, string>;
  readonly url: string;
  readonly access: DataAccess;
  /** `METHOD /path` of each request. */
  readonly asked: string[];
  /** Headers `authorization` that came, with the path. */
  readonly authorized: Map<string, string | undefined>;
  close(): Promise<void>;
}

/** One server on loopback: the batch API of Git LFS, objects of S3, and redirects. */
export async function openStores(): Promise<Stores> {
  const [lfs, s3, redirects] = [new Map<string, string>(), new Map<string, string>(), new Map<string, string>()];
  const asked: string[] = [];
  const authorized = new Map<string, string | undefined>();
  const server = await webServer(({ method, path, body, headers }, response) => {
    asked.push(`${method} ${path}`);
    authorized.set(path, headers.authorization);
    const [bare = '', query = ''] = path.split('?');
    if (bare === '/ada/team.git/info/lfs/objects/batch') {
      const { objects } = JSON.parse(body) as { objects: { oid: string; size: number }[] };
      const answer = objects.map((one) =>
        lfs.has(one.oid)
          ? { ...one, actions: { download: { href: `${server.url}/objects/${one.oid}` } } }
          : { ...one, error: { code: 404, message: 'no such object' } },
      );
      response.setHeader('content-type', 'application/vnd.git-lfs+json');
      return void response.end(JSON.stringify({ transfer: 'basic', objects: answer }));
    }
    const object = bare.startsWith('/objects/') ? lfs.get(bare.slice(9)) : undefined;
    if (object !== undefined) return void response.end(object);
    const redirect = redirects.get(bare);
    if (redirect !== undefined) return void response.writeHead(302, { location: redirect }).end();
    if (query.includes('list-type=2')) return void response.end(listing(s3, bare.slice(1), query));
    const content = s3.get(decodeURIComponent(bare.slice(1)));
    if (content !== undefined)
      return void response.writeHead(200, { etag: `"${md5(content)}"`, 'content-length': content.length }).end(content);
    response.writeHead(404, { 'content-type': 'application/xml' });
    response.end('<?xml version="1.0"?><Error><Code>NoSuchKey</Code><Message>no</Message></Error>');
  });
  const keys = { AWS_ACCESS_KEY_ID: 'reader', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'us-east-1' };
  const authorization = `Basic ${Buffer.from('x-access-token:t').toString('base64')}`;
  return {
    ...{ lfs, s3, redirects, asked, authorized, url: server.url },
    access: {
      variables: { ...keys, AWS_ENDPOINT_URL_S3: server.url },
      lfs: { endpoint: `${server.url}/ada/team.git/info/lfs`, authorization, allowPrivate: true },
      allowPrivate: true,
      engine: async () => ({ engines: duckDbEngines(), conversion: {} }),
    },
    close: () => server.close(),
  };
}

function listing(objects: ReadonlyMap<string, string>, bucket: string, query: string): string {
  const prefix = new URLSearchParams(query).get('prefix') ?? '';
  const name = bucket.replace(/\/$/, '');
  const found = [...objects].filter(([key]) => key.startsWith(`${name}/${prefix}`));
  const entries = found.map(([key, text]) => {
    return `<Contents><Key>${key.slice(name.length + 1)}</Key><ETag>"${md5(text)}"</ETag><Size>${text.length}</Size></Contents>`;
  });
  return `<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated>${entries.join('')}</ListBucketResult>`;
}
