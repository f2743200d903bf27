import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { PlacedTable, RemoteData } from '../../adapters/data-sources/remote.ts';
import type { PolicyConfig } from '../../core/config/policy.ts';
import type { DataPin } from '../../core/data/report/data-report.ts';
import {
  type DatasetLocation,
  datasetLocation,
  TABLE_OUTPUTS,
  tableOutput,
} from '../../core/data/sources/dataset-location.ts';
import { folderDigest, type ListedFile } from '../../core/data/sources/folder-digest.ts';
import type { SourceLocation } from '../../core/fingerprint/manifest.ts';
import { type RepoPath, Sha256 } from '../../core/names.ts';
import { placeProblem } from '../../core/policy/locations.ts';
import { valueAt } from '../../core/records.ts';
import type { DataFile } from '../../flows/check-data/ports.ts';
import { fetchedFile, refused } from './fetched-file.ts';
import type { ReadDataset } from './found-dataset.ts';

interface Place {
  readonly path: RepoPath;
  readonly at: SourceLocation;
}

/** Of the default branch: where data may lie, and which queries may be run. */
export type Allowed = Pick<PolicyConfig, 'locations' | 'queries'>;

interface Reading {
  readonly allowed: Allowed;
  readonly maxBytes: number;
  /** Holds what the commit itself has of a table. */
  readonly directory: string;
}

/**
 * What lies at a location, at the path where training finds it: one file, or of a location that ends in `/` all files
 * below it; a table, and what a query gives, is one file. Its digest is always said; where the config states one, it must be that.
 *
 * @throws ActionError `input_refused`, DataEngineError
 */
export async function readLocation({ path, at }: Place, remote: RemoteData, reading: Reading): Promise<ReadDataset> {
  const problem = placeProblem(at.location, reading.allowed);
  if (problem !== null) throw refused(problem);
  const where = datasetLocation(at.location);
  const isFolder = where.kind === 'objects' && at.location.endsWith('/');
  const found = await readPlace(where, { path, at }, remote, reading);
  if (found.length === 0) throw refused(`nothing lies at ${at.location}`);
  const files = found.map((file) => ({ file, path: isFolder ? `${path}/${within(file.name, at.location)}` : path }));
  const listed: ListedFile[] = [];
  for (const { file, path: name } of files)
    listed.push({ path: within(name, `${path}/`), bytes: file.bytes, sha256: await sha256Of(file) });
  const [only] = listed;
  const digest = isFolder || only === undefined ? folderDigest(listed) : only.sha256;
  if (at.sha256 !== null && digest !== at.sha256)
    throw refused(
      `expected sha256 ${at.sha256} at ${at.location}, found ${digest}: it is not what the config pins; put that back, name its version, or pin what is there now`,
    );
  return {
    files: files.map(({ file, path: name }) => fetchedFile(name, file, path)),
    pins: [{ source: at.location, kind: 'sha256', value: digest }, ...pinsOf(found, isFolder)],
  };
}

async function readPlace(
  where: DatasetLocation,
  place: Place,
  remote: RemoteData,
  { allowed, maxBytes, directory }: Reading,
): Promise<readonly DataFile[]> {
  switch (where.kind) {
    case 'objects':
      return remote.place(referenceOf(place.at, place.at.location.endsWith('/')), maxBytes);
    case 'table':
    case 'repository_table':
      return [await remote.table(tableOf(where, place, directory), maxBytes)];
    case 'query': {
      const query = valueAt(allowed.queries ?? {}, where.name);
      if (query === undefined || !place.path.endsWith('.jsonl') || place.at.version !== null)
        throw refused(`expected a path that ends in .jsonl, and no version, beside ${place.at.location}`);
      return [await remote.query(query, maxBytes)];
    }
  }
}

function tableOf(
  where: Extract<DatasetLocation, { kind: 'table' | 'repository_table' }>,
  { path, at }: Place,
  directory: string,
): PlacedTable {
  const { format } = where;
  const output = tableOutput(path);
  if (output === null)
    throw refused(
      `expected a path that ends in ${TABLE_OUTPUTS.map((end) => `.${end}`).join(' or ')}, at which the table is written, found ${path}`,
    );
  if (at.version !== null && !/^\d{1,20}$/.test(at.version))
    throw refused(
      `expected the number of a version or the id of a snapshot beside ${at.location}, found ${at.version}`,
    );
  const { version } = at;
  return where.kind === 'table'
    ? { format, at: where.url, directory: null, version, output }
    : { format, at: where.path, directory, version, output };
}

function referenceOf({ location, version }: SourceLocation, isFolder: boolean): string {
  const isS3 = location.startsWith('s3://');
  if (isFolder && !isS3) throw refused(`expected one file at ${location}: a web server lists no folders`);
  if (version === null) return location;
  if (!isS3 || isFolder)
    throw refused(`expected no version beside ${location}: only one object of a store has versions`);
  return `${location}?versionId=${version}`;
}

const within = (name: string, folder: string): string => (name.startsWith(folder) ? name.slice(folder.length) : name);

/** Of a folder, the digest of its list says what each of thousands of ETags would. */
function pinsOf(files: readonly DataFile[], isFolder: boolean): readonly DataPin[] {
  return isFolder ? [] : files.flatMap(({ pin }) => (pin === undefined || pin.kind === 'sha256' ? [] : [pin]));
}

async function sha256Of({ path }: DataFile): Promise<Sha256> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return Sha256.parse(hash.digest('hex'));
}
