import type { DataSource } from './reference.ts';

/**
 * Whose word a reference is. A person at a terminal reads with their own rights, and what they type is theirs. A reference
 * from a pull request is anybody's: it stays within the checkout, and elsewhere only below prefixes of the policy.
 */
export type Trust =
  | { readonly kind: 'person' }
  /** @property prefixes such as `s3://bucket/flights/` or `https://host/data/`, of the base branch's policy */
  | { readonly kind: 'pull_request'; readonly prefixes: readonly string[] };

/** Why a source may not be read; null where it may. Paths are looked at again when their links are resolved. */
export function refusal(source: DataSource, trust: Trust): string | null {
  if (trust.kind === 'person') return null;
  switch (source.kind) {
    case 'path':
    case 'lfs':
    case 'dvc':
      return pathRefusal(source.path);
    case 'delta':
    case 'iceberg':
      return pathRefusal(source.location);
    case 's3':
      return placeRefusal(`s3://${source.bucket}/${source.key}`, trust.prefixes);
    case 'http':
      return placeRefusal(source.url, trust.prefixes);
    case 'snowflake':
    case 'databricks':
      return 'a query is run with the rights of whoever runs it: it can’t come from a pull request';
  }
}

function pathRefusal(path: string): string | null {
  const parts = path.split(/[/\\]/);
  if (/^(?:[/\\]|[a-z]:)/i.test(path) || parts.includes('..'))
    return 'expected a path within the repository, without ..';
  return parts.some((part) => part.toLowerCase() === '.git') ? 'expected data, found git’s own folder' : null;
}

/** Addresses are compared as the parts of a path, so that `/data` does not cover `/database`. */
export function placeRefusal(place: string, prefixes: readonly string[]): string | null {
  const [bare = ''] = place.split('?');
  const climbs = /(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)/i.test(bare) || /%2f|%5c|\\/i.test(bare);
  if (!climbs && prefixes.some((prefix) => bare.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`))) return null;
  return 'the policy of the base branch names no prefix that this lies below';
}
