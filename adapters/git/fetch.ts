import type { GitId } from '../../core/names.ts';
import { PortError } from '../../flows/ports.ts';
import type { GitObject } from './objects.ts';
import { type PackLimits, readPack } from './pack-reader.ts';
import { DELIMITER, FLUSH, lineOf, packet, readPackets } from './pkt-line.ts';
import { askGit, type GitAccess } from './transport.ts';

export interface Wanted {
  readonly commits: readonly GitId[];
  /** Commits whose whole history is at hand. */
  readonly known: readonly GitId[];
  /** How many commits of each line, the wanted one among them; all without it. */
  readonly depth?: number;
}

/** Bytes of an answer. */
const ANSWER = 64 * 2 ** 20;
const LIMITS: PackLimits = { objects: 300_000, object: 8 * 2 ** 20, total: 256 * 2 ** 20 };

/**
 * Commits with the files at the top of their trees, in one request (gitprotocol-v2, `fetch`). Nothing below is sent, and
 * no large file: anybody may point a ref at a repository's whole history.
 *
 * @throws PortError
 */
export async function fetchCommits(access: GitAccess, wanted: Wanted): Promise<ReadonlyMap<string, GitObject>> {
  const body = [
    packet('command=fetch'),
    packet('agent=git/trainyard'),
    packet('object-format=sha1'),
    DELIMITER,
    packet('no-progress'),
    packet('ofs-delta'),
    packet(`filter combine:tree:2+blob:limit=${LIMITS.object}`),
    ...(wanted.depth === undefined ? [] : [packet(`deepen ${wanted.depth}`)]),
    ...wanted.commits.map((id) => packet(`want ${id}`)),
    ...wanted.known.map((id) => packet(`have ${id}`)),
    packet('done'),
    FLUSH,
  ].join('');
  const packets = readPackets(await askGit(access, 'git-upload-pack', Buffer.from(body), ANSWER));
  if (packets.length > 0 && packets.at(-1)?.kind !== 'flush')
    throw new PortError('unavailable', 'git: the pack was cut off; it is tried again');
  const lines = packets.map((one) => (one.kind === 'data' ? one.data : null));
  const start = lines.findIndex((data) => data !== null && lineOf(data) === 'packfile');
  if (start < 0) {
    const said = lines.find((data) => data !== null);
    throw new PortError(
      'malformed',
      `git: expected a pack, got ${JSON.stringify(said == null ? '' : lineOf(said).slice(0, 200))}`,
    );
  }
  const bands = lines.slice(start + 1).flatMap((data) => (data === null ? [] : [data]));
  const fatal = bands.find((data) => data[0] === 3);
  if (fatal !== undefined) throw new PortError('unavailable', `git: ${lineOf(fatal.subarray(1)).slice(0, 300)}`);
  return readPack(Buffer.concat(bands.filter((data) => data[0] === 1).map((data) => data.subarray(1))), LIMITS);
}
