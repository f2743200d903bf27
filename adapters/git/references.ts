import { GitId } from '../../core/names.ts';
import { PortError } from '../../flows/ports.ts';
import { DELIMITER, FLUSH, lineOf, packet, readPackets } from './pkt-line.ts';
import { askGit, type GitAccess } from './transport.ts';

export interface GitReference {
  readonly name: string;
  readonly id: GitId;
  /** What an annotated tag points at in the end. */
  readonly peeled: GitId | null;
  /** The ref that a symbolic one, `HEAD`, stands for. */
  readonly target: string | null;
}

/** 100,000 refs are about 7 MB. */
const LIMIT = 16 * 2 ** 20;
const LINE = /^([0-9a-f]{40,64}) (\S+)((?: \S+)*)$/;

/**
 * Refs whose full names start with one of the prefixes, as the server has them now: one request (gitprotocol-v2,
 * `ls-refs`), which does not count against the REST limits.
 *
 * @param limit bytes of the answer
 * @throws PortError `too_large`, `forbidden`, `not_found`, `unavailable`, `malformed`
 */
export async function listReferences(
  access: GitAccess,
  prefixes: readonly string[],
  limit = LIMIT,
): Promise<readonly GitReference[]> {
  const body = [
    packet('command=ls-refs'),
    packet('agent=git/trainyard'),
    packet('object-format=sha1'),
    DELIMITER,
    packet('peel'),
    packet('symrefs'),
    ...prefixes.map((prefix) => packet(`ref-prefix ${prefix}`)),
    FLUSH,
  ].join('');
  const packets = readPackets(await askGit(access, 'git-upload-pack', Buffer.from(body), limit));
  if (packets.at(-1)?.kind !== 'flush') throw new PortError('unavailable', 'git: the list of refs was cut off');
  return (
    packets
      .flatMap((one) => (one.kind === 'data' ? [readReference(lineOf(one.data))] : []))
      // Prefixes are a hint to the server, which may send more.
      .filter(({ name }) => prefixes.some((prefix) => name.startsWith(prefix)))
  );
}

function readReference(line: string): GitReference {
  const [, id, name = '', attributes = ''] = LINE.exec(line) ?? [];
  const parsed = GitId.safeParse(id);
  if (!parsed.success)
    throw new PortError('malformed', `git: expected a ref, got ${JSON.stringify(line.slice(0, 200))}`);
  const peeled = GitId.safeParse(/ peeled:([0-9a-f]+)/.exec(attributes)?.[1]);
  const target = / symref-target:(\S+)/.exec(attributes)?.[1] ?? null;
  return { name, id: parsed.data, peeled: peeled.success ? peeled.data : null, target };
}
