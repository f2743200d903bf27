import type { GitId } from '../../core/names.ts';
import { PortError } from '../../flows/ports.ts';
import { type GitObject, packOf } from './objects.ts';
import { FLUSH, lineOf, packet, readPackets } from './pkt-line.ts';
import { askGit, type GitAccess } from './transport.ts';

export interface RefUpdate {
  readonly ref: string;
  /** What the ref must hold for the update to happen; null: it must not exist. */
  readonly from: GitId | null;
  readonly to: GitId;
}

export type Pushed =
  | { readonly kind: 'pushed' }
  /** The server's reason for each ref that it did not move; nothing was moved then. */
  | { readonly kind: 'refused'; readonly reasons: ReadonlyMap<string, string> };

const NONE = '0'.repeat(40);
const LIMIT = 2 ** 20;

/**
 * Sends objects and moves refs, all or none (`atomic`). Each ref moves only from the id that it is expected at: the
 * server compares and swaps.
 *
 * @throws PortError
 */
export async function push(
  access: GitAccess,
  objects: readonly GitObject[],
  updates: readonly RefUpdate[],
): Promise<Pushed> {
  const commands = updates.map(({ ref, from, to }, index) => {
    const line = `${from ?? NONE} ${to} ${ref}`;
    // Capabilities ride on the first command, behind a NUL (gitprotocol-pack).
    return packet(index === 0 ? `${line}\0 report-status side-band-64k atomic agent=git/trainyard` : line);
  });
  const body = Buffer.concat([Buffer.from(commands.join('') + FLUSH), packOf(objects)]);
  const report = readReport(await askGit(access, 'git-receive-pack', body, LIMIT));
  const unpack = report.find((line) => line.startsWith('unpack '));
  if (unpack !== 'unpack ok')
    throw new PortError('unavailable', `git: the server did not take what was sent (${unpack ?? 'no report'})`);
  const reasons = new Map(
    updates.flatMap(({ ref }): [string, string][] => {
      if (report.includes(`ok ${ref}`)) return [];
      const refused = report.find((line) => line.startsWith(`ng ${ref} `));
      return [[ref, refused?.slice(`ng ${ref} `.length, 300) ?? 'not reported']];
    }),
  );
  return reasons.size === 0 ? { kind: 'pushed' } : { kind: 'refused', reasons };
}

/** The lines of the report: packets within band 1. Band 2 is for people's eyes, band 3 ends all. */
function readReport(answer: Buffer): readonly string[] {
  const bands = readPackets(answer).flatMap((one) => (one.kind === 'data' ? [one.data] : []));
  const fatal = bands.find((data) => data[0] === 3);
  if (fatal !== undefined) throw new PortError('unavailable', `git: ${lineOf(fatal.subarray(1)).slice(0, 300)}`);
  const report = Buffer.concat(bands.filter((data) => data[0] === 1).map((data) => data.subarray(1)));
  return readPackets(report).flatMap((one) => (one.kind === 'data' ? [lineOf(one.data)] : []));
}
