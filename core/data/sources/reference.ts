/** Where a dataset is: what a person writes for it, taken apart. */
export type DataSource =
  /** A file, folder or glob of this machine; pointers of Git LFS and DVC among them are followed. */
  | { readonly kind: 'path'; readonly path: string }
  /** As `path`, and it must be a pointer. */
  | { readonly kind: 'lfs'; readonly path: string }
  | { readonly kind: 'dvc'; readonly path: string }
  /** One object, a prefix that ends in `/`, or a glob. */
  | { readonly kind: 's3'; readonly bucket: string; readonly key: string; readonly versionId: string | null }
  | { readonly kind: 'http'; readonly url: string; readonly sha256: string | null }
  /** A table's folder, and the version or snapshot; null for the newest. */
  | { readonly kind: 'delta' | 'iceberg'; readonly location: string; readonly version: string | null }
  /** One SELECT, or the name of a table. */
  | { readonly kind: 'snowflake' | 'databricks'; readonly query: string };

export type ReferenceResult =
  | { readonly ok: true; readonly source: DataSource }
  | { readonly ok: false; readonly message: string };

const FORMS =
  'a path, lfs:PATH, dvc:PATH, s3://BUCKET/KEY, https://HOST/PATH, delta:FOLDER, iceberg:FOLDER, snowflake:QUERY or databricks:QUERY';

/** In UTF-16 code units. */
const MAX_REFERENCE = 16_384;
/** As reports take it. */
const MAX_NAME = 2000;

/** Takes a reference apart. It may be hostile: nothing of it is resolved here. */
export function parseReference(text: string): ReferenceResult {
  if (text === '' || text.length > MAX_REFERENCE || text.includes('\0') || !text.isWellFormed())
    return refuse(`expected ${FORMS}, found ${text === '' ? 'nothing' : 'a text that is none'}`);
  const [, scheme = '', rest = ''] = /^([a-z][a-z0-9+.-]+):(.*)$/is.exec(text) ?? [];
  switch (scheme.toLowerCase()) {
    case '':
      return { ok: true, source: { kind: 'path', path: text } };
    case 'lfs':
    case 'dvc':
      if (rest === '') return refuse(`${scheme}: names no path`);
      return { ok: true, source: { kind: scheme.toLowerCase() === 'lfs' ? 'lfs' : 'dvc', path: rest } };
    case 's3':
      return readS3(text);
    case 'http':
    case 'https':
      return readHttp(text);
    case 'delta':
    case 'iceberg':
      return readTable(scheme.toLowerCase() === 'delta' ? 'delta' : 'iceberg', rest);
    case 'snowflake':
    case 'databricks':
      return readQuery(scheme.toLowerCase() === 'snowflake' ? 'snowflake' : 'databricks', rest);
    default:
      if (!rest.startsWith('//')) return { ok: true, source: { kind: 'path', path: text } };
      return refuse(`${scheme}:// can’t be read: expected ${FORMS}`);
  }
}

function readS3(text: string): ReferenceResult {
  const [, bucket = '', path = '', query = ''] = /^s3:\/\/([^/?]*)\/?([^?]*)(?:\?(.*))?$/is.exec(text) ?? [];
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) return refuse('s3://BUCKET/KEY: the bucket’s name is none');
  if (path === '') return refuse('s3://BUCKET/KEY: name an object, a prefix that ends in /, or a glob');
  if (query === '') return { ok: true, source: { kind: 's3', bucket, key: path, versionId: null } };
  const [, versionId = ''] = /^versionId=([\w.~-]{1,1024})$/.exec(query) ?? [];
  if (versionId === '' || isGlob(path) || path.endsWith('/'))
    return refuse('s3://BUCKET/KEY?versionId=ID: expected the version of one object');
  return { ok: true, source: { kind: 's3', bucket, key: path, versionId } };
}

function readHttp(text: string): ReferenceResult {
  if (!URL.canParse(text)) return refuse('expected an address such as https://host/data.csv');
  const url = new URL(text);
  if (url.username !== '' || url.password !== '')
    return refuse('an address with a password in it would be shown in reports: leave it out');
  const fragment = url.hash.slice(1);
  url.hash = '';
  if (fragment === '') return { ok: true, source: { kind: 'http', url: url.href, sha256: null } };
  const [, sha256 = ''] = /^sha256=([0-9a-f]{64})$/i.exec(fragment) ?? [];
  if (sha256 === '') return refuse('after # stands sha256= and the 64 digits of the content’s digest, or nothing');
  return { ok: true, source: { kind: 'http', url: url.href, sha256: sha256.toLowerCase() } };
}

function readTable(kind: 'delta' | 'iceberg', rest: string): ReferenceResult {
  const [, location = '', version] = /^(.*?)(?:@(\d{1,20}))?$/s.exec(rest) ?? [];
  if (location === '') return refuse(`${kind}:FOLDER names no folder`);
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(location))
    return refuse(`${kind}: a table is read from a folder of this machine: copy it there first`);
  return { ok: true, source: { kind, location, version: version ?? null } };
}

function readQuery(kind: 'snowflake' | 'databricks', rest: string): ReferenceResult {
  const query = rest.trim().replace(/;\s*$/, '');
  const name =
    /^(?:[\p{L}\p{N}_$-]+|"(?:[^"]|"")+"|`(?:[^`]|``)+`)(?:\.(?:[\p{L}\p{N}_$-]+|"(?:[^"]|"")+"|`(?:[^`]|``)+`)){0,2}$/u;
  if (query === '') return refuse(`${kind}: names no query`);
  if (name.test(query)) return { ok: true, source: { kind, query: `SELECT * FROM ${query}` } };
  if (!/^(?:select|with)\b/i.test(query)) return refuse(`${kind}: expected one SELECT, or the name of a table`);
  return { ok: true, source: { kind, query } };
}

/** Whether a path or key stands for several. */
export function isGlob(path: string): boolean {
  return /[*?[\]{}]/.test(path);
}

/** A source as reports name it: without what gives access, such as a signed address’s query. */
export function nameOf(source: DataSource): string {
  return fullName(source).slice(0, MAX_NAME).toWellFormed();
}

function fullName(source: DataSource): string {
  switch (source.kind) {
    case 'path':
    case 'lfs':
    case 'dvc':
      return source.path;
    case 's3':
      return `s3://${source.bucket}/${source.key}`;
    case 'http':
      return publicAddress(source.url);
    case 'delta':
    case 'iceberg':
      return `${source.kind}:${source.location}`;
    case 'snowflake':
    case 'databricks':
      return `${source.kind}:${source.query}`;
  }
}

/** An address without its query, which may hold a signature. */
export function publicAddress(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

function refuse(message: string): ReferenceResult {
  return { ok: false, message };
}
