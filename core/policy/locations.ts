import type { PolicyConfig } from '../config/policy.ts';
import { QueryName, type WarehouseQueries } from '../config/queries.ts';
import type { ModelConfig } from '../config/schema.ts';
import { datasetLocation, isPinned, tablePlace } from '../data/sources/dataset-location.ts';
import type { DatasetName } from '../names.ts';
import { entriesOf, valueAt } from '../records.ts';
import { isRefusedHost } from './address.ts';

/** Where data outside of the repository may lie. Nothing but these is ever looked up. */
export const LOCATION_SCHEMES = ['s3', 'gs', 'az', 'abfss', 'hdfs', 'https'] as const;
type Scheme = (typeof LOCATION_SCHEMES)[number];

/** A location taken apart and written in one way. */
interface Location {
  readonly scheme: Scheme;
  /** Host with port, or bucket; for `abfss` with the container before it. Lower case. */
  readonly place: string;
  readonly segments: readonly string[];
}

type Parsed = { readonly ok: true; readonly location: Location } | { readonly ok: false; readonly problem: string };

/**
 * Why data may not be read from a location; null when it lies under a prefix of policy. Strict on purpose: two programs
 * that read one text differently are how a check is passed by what is not meant, so whatever has a second reading
 * (backslashes, credentials, encoded dots, addresses in odd notations, a host in other letters) is refused.
 *
 * @param prefixes `policy.locations` of the default branch
 */
export function locationProblem(url: string, prefixes: readonly string[]): string | null {
  const parsed = parse(url);
  if (!parsed.ok) return parsed.problem;
  if (prefixes.some((prefix) => isUnder(parsed.location, prefix))) return null;
  const listed = prefixes.length === 0 ? 'there are none' : prefixes.join(', ');
  return `expected a location under one of policy.locations of the default branch (${listed}), got ${shown(url)}`;
}

/** Why a text can't be a prefix of locations, whatever policy says; null where it can. */
export function prefixSyntaxProblem(url: string): string | null {
  const parsed = parse(url);
  return parsed.ok ? null : parsed.problem;
}

/** Why a text can't be the location of a dataset, whatever policy says; null where it can. */
export function locationSyntaxProblem(location: string): string | null {
  const where = datasetLocation(location);
  switch (where.kind) {
    case 'objects':
      return prefixSyntaxProblem(where.url);
    case 'repository_table':
      return null;
    case 'query':
      return QueryName.safeParse(where.name).success
        ? null
        : `expected query: and the name of one of policy.queries, got ${shown(location)}`;
    case 'table': {
      const parsed = parse(where.url);
      if (!parsed.ok) return `${where.format}: names a folder of this repository or of a store: ${parsed.problem}`;
      return parsed.location.scheme === 's3' && parsed.location.segments.length > 0 ? null : onlyS3(location);
    }
  }
}

const onlyS3 = (location: string): string =>
  `expected the folder of a table in a store that speaks S3 (delta:s3://bucket/folder), got ${shown(location)}`;

export interface DatasetProblem {
  readonly dataset: DatasetName;
  /** What was expected and found, unescaped. */
  readonly message: string;
}

/** Schemes of places that data can be fetched from. */
const FETCHED: readonly Scheme[] = ['s3', 'https'];

/**
 * Why a model can't be trained on its datasets from where they lie: outside of what policy allows, in a place that
 * nothing is fetched from, or not pinned, so that nobody could say later what it was trained on.
 *
 * @param policy of the default branch
 */
export function locationProblems(
  model: ModelConfig,
  policy: PolicyConfig,
  { fork }: { readonly fork: boolean } = { fork: false },
): readonly DatasetProblem[] {
  return entriesOf(model.data).flatMap(([dataset, { location, sha256 }]): DatasetProblem[] => {
    if (location === undefined) return [];
    // Nor is a stranger's table parsed where the identity that reads data is at hand.
    const problem = fork
      ? `expected data as it lies in the repository: nothing is fetched for a fork, got ${shown(location)}`
      : (placeProblem(location, policy) ??
        (isPinned({ location, sha256: sha256 ?? null }) ? null : unpinned(location)));
    return problem === null ? [] : [{ dataset, message: `dataset ${dataset}: ${problem}` }];
  });
}

/**
 * Why a dataset may not be read from its location, or can't be; null where it can.
 *
 * @param allowed of the default branch
 */
export function placeProblem(location: string, allowed: Pick<PolicyConfig, 'locations' | 'queries'>): string | null {
  const where = datasetLocation(location);
  if (where.kind === 'repository_table') return null;
  if (where.kind === 'query') return locationSyntaxProblem(location) ?? queryProblem(where.name, allowed.queries ?? {});
  // Of an Iceberg table that is named by its metadata, everything in its folder is read.
  const url = where.kind === 'table' ? tablePlace(where.format, where.url).folder : where.url;
  return locationSyntaxProblem(location) ?? locationProblem(url, allowed.locations) ?? unfetched(url);
}

function queryProblem(name: string, queries: WarehouseQueries): string | null {
  if (valueAt(queries, name) !== undefined) return null;
  const names = Object.keys(queries);
  const listed = names.length === 0 ? 'there are none' : names.join(', ');
  return `expected one of policy.queries of the default branch (${listed}), got ${shown(name)}`;
}

/** Why nothing can be fetched from an address; null where it can. */
function unfetched(location: string): string | null {
  const parsed = parse(location);
  if (!parsed.ok) return parsed.problem;
  const { scheme } = parsed.location;
  if (FETCHED.includes(scheme)) return null;
  return `data is fetched from ${FETCHED.map((known) => `${known}://`).join(' and ')}, not yet from ${scheme}://`;
}

function unpinned(location: string): string {
  return `the data at ${shown(location)} is not pinned: add its sha256 beside the location, as its check shows it`;
}

function parse(url: string): Parsed {
  const refuse = (problem: string): Parsed => ({ ok: false, problem: `${problem}, got ${shown(url)}` });
  if (url.length > 500) return refuse('expected a location of at most 500 characters');
  const split = /^([a-z][a-z0-9+.-]*):\/\/([^/]*)(\/.*)?$/s.exec(url);
  const scheme = LOCATION_SCHEMES.find((known) => known === split?.[1]);
  if (split === null || scheme === undefined)
    return refuse(`expected a location that begins with ${LOCATION_SCHEMES.map((known) => `${known}://`).join(', ')}`);
  const [, , authority = '', path = ''] = split;
  if (/[?#]/.test(url)) return refuse('expected a location without "?" and "#", which may hold credentials');
  const place = placeOf(scheme, authority);
  if (!place.ok) return refuse(place.problem);
  const segments = segmentsOf(path);
  if (segments === null)
    return refuse('expected a path of letters, digits and ._~+,=@:%- without empty, "." and ".." parts, also encoded');
  return { ok: true, location: { scheme, place: place.text, segments } };
}

type Place = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly problem: string };

function placeOf(scheme: Scheme, authority: string): Place {
  const refuse = (problem: string): Place => ({ ok: false, problem });
  const at = authority.indexOf('@');
  const container = scheme === 'abfss' && at >= 0 ? authority.slice(0, at) : null;
  const host = container === null ? authority : authority.slice(at + 1);
  if (host.includes('@')) return refuse('expected no name or password before the host');
  if (scheme === 'abfss' && !/^[a-z0-9][a-z0-9-]{1,62}$/.test(container ?? ''))
    return refuse('expected a container before the host (abfss://container@account.dfs.core.windows.net/…)');
  const bucket = scheme === 's3' || scheme === 'gs' || scheme === 'az';
  const shape = bucket
    ? /^[a-z0-9][a-z0-9._-]{1,221}$/
    : /^(\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9._-]*[a-z0-9])?)(:[1-9]\d{0,4})?$/i;
  if (!shape.test(host) || host.includes('..') || host.endsWith('.'))
    return refuse(bucket ? 'expected the name of a bucket' : 'expected a host in plain letters and digits');
  const [, name = '', port = ''] = /^(.*?)(:\d+)?$/.exec(host) ?? [];
  if (Number(port.slice(1)) > 65_535) return refuse('expected a port of at most 65535');
  const normal = normalHost(name);
  if (normal === null) return refuse('expected a host that can be looked up');
  if (isRefusedHost(normal)) return refuse('expected a host that is no local, private, link-local or metadata address');
  // A bucket is a name as it stands, whatever number it looks like.
  if (bucket) return { ok: true, text: name };
  if (normal !== name.toLowerCase()) return refuse(`expected the host as ${normal}`);
  const shown = scheme === 'https' && port === ':443' ? '' : port;
  return { ok: true, text: `${container === null ? '' : `${container}@`}${normal}${shown}` };
}

/** As the URL standard reads a host: in decimal if it is an IPv4 address in whatever notation, in lower case else. */
function normalHost(host: string): string | null {
  // The scheme must be one of the standard's own, since it leaves the hosts of all others as they are.
  const text = `https://${host}/`;
  return URL.canParse(text) ? new URL(text).hostname : null;
}

/** null where a part of the path has a second reading. */
function segmentsOf(path: string): readonly string[] | null {
  const parts = path.replace(/^\//, '').replace(/\/$/, '');
  if (parts === '') return [];
  const segments = parts.split('/').map(normalSegment);
  return segments.every((segment) => segment !== null) ? segments : null;
}

function normalSegment(segment: string): string | null {
  if (!/^([A-Za-z0-9._~+,=@:-]|%[0-9A-Fa-f]{2})+$/.test(segment)) return null;
  // Encoded, these would become a part, a step upwards or another encoding to whoever decodes once more.
  if (/%(2e|2f|5c|25|[01][0-9a-f]|7f)/i.test(segment)) return null;
  if (segment === '.' || segment === '..') return null;
  return segment.replace(/%../g, (code) => code.toUpperCase());
}

function isUnder(location: Location, prefix: string): boolean {
  const parsed = parse(prefix);
  if (!parsed.ok) return false;
  const { scheme, place, segments } = parsed.location;
  return (
    scheme === location.scheme &&
    place === location.place &&
    segments.length <= location.segments.length &&
    segments.every((segment, index) => segment === location.segments[index])
  );
}

/** Cut, and without what may be a password or a signature. */
function shown(url: string): string {
  const bare = url.replace(/\/\/[^/]*@/, '//…@').replace(/[?#].*$/s, '?…');
  return JSON.stringify(bare.length > 120 ? `${bare.slice(0, 119)}…` : bare);
}
