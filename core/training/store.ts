import type { StoreConfig } from '../config/policy.ts';
import type { RepositoryName } from '../names.ts';

/**
 * Where runs of a repository lie in the team's store (`policy.store`). Every object is at
 * `<endpoint>/<bucket>/<prefix>/<owner>/<repo>/<run>/<name>`, the repository in small letters: whatever prefix its policy
 * chose, one repository can't name the runs of another.
 */
export interface StorePlace {
  /** Buckets are a part of the path, which every store that speaks S3 understands and every bucket name allows. */
  readonly endpoint: string;
  readonly bucket: string;
  /** Of the repository's objects; ends in a slash. */
  readonly prefix: string;
  /** What the address of every such object starts with. */
  readonly address: string;
}

export function storePlace({ s3 }: StoreConfig, repository: RepositoryName): StorePlace {
  const endpoint = (s3.endpoint ?? `https://s3.${s3.region}.amazonaws.com`).replace(/\/+$/, '');
  const prefix = `${s3.prefix === undefined ? '' : `${s3.prefix}/`}${repository.toLowerCase()}/`;
  return { endpoint, bucket: s3.bucket, prefix, address: `${endpoint}/${s3.bucket}/${prefix}` };
}

/** Whether an address is one of the place's objects, and of nothing that only looks like it. */
export function isWithin(place: Pick<StorePlace, 'address'>, address: string): boolean {
  // Parsed first: `https://store.example.com@evil.example/`, dots that climb, and other spellings.
  if (!URL.canParse(address)) return false;
  const url = new URL(address);
  const base = new URL(place.address);
  return (
    url.origin === base.origin && url.username === '' && url.password === '' && url.pathname.startsWith(base.pathname)
  );
}
