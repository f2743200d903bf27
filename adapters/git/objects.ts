import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { GitId } from '../../core/names.ts';

export type ObjectType = 'commit' | 'tree' | 'blob' | 'tag';

/** A git object: its id is the SHA-1 of its type, length and content. */
export interface GitObject {
  readonly id: GitId;
  readonly type: ObjectType;
  readonly content: Buffer;
}

export interface Identity {
  readonly name: string;
  readonly email: string;
  readonly at: Date;
}

export function gitObject(type: ObjectType, content: Uint8Array): GitObject {
  const bytes = Buffer.from(content);
  const id = createHash('sha1').update(`${type} ${bytes.length}\0`).update(bytes).digest('hex');
  return { id: GitId.parse(id), type, content: bytes };
}

/** A tree of exactly one file. */
export function treeOfOneFile(name: string, blob: GitId): GitObject {
  return gitObject('tree', Buffer.concat([Buffer.from(`100644 ${name}\0`), Buffer.from(blob, 'hex')]));
}

export function commitObject(commit: {
  readonly tree: GitId;
  readonly parent: GitId | null;
  readonly by: Identity;
  readonly message: string;
}): GitObject {
  const by = signature(commit.by);
  const parent = commit.parent === null ? [] : [`parent ${commit.parent}`];
  const lines = [`tree ${commit.tree}`, ...parent, `author ${by}`, `committer ${by}`, '', commit.message];
  return gitObject('commit', Buffer.from(`${lines.join('\n')}\n`));
}

export function tagObject(tag: {
  readonly name: string;
  readonly target: GitId;
  readonly by: Identity;
  readonly message: string;
}): GitObject {
  const lines = [
    `object ${tag.target}`,
    'type commit',
    `tag ${tag.name}`,
    `tagger ${signature(tag.by)}`,
    '',
    tag.message,
  ];
  return gitObject('tag', Buffer.from(`${lines.join('\n')}\n`));
}

/** Angle brackets and line ends would end a name early. */
function signature({ name, email, at }: Identity): string {
  const plain = (text: string): string => text.replaceAll(/[<>\n\r\0]/g, '');
  return `${plain(name)} <${plain(email)}> ${Math.floor(at.getTime() / 1000)} +0000`;
}

const PACK_TYPES: Readonly<Record<ObjectType, number>> = { commit: 1, tree: 2, blob: 3, tag: 4 };

/** A pack of whole objects (gitformat-pack, version 2); the server computes the ids anew. */
export function packOf(objects: readonly GitObject[]): Buffer {
  const header = Buffer.alloc(12);
  header.write('PACK', 'latin1');
  header.writeUInt32BE(2, 4);
  header.writeUInt32BE(objects.length, 8);
  const entries = objects.flatMap(({ type, content }) => [
    entryHeader(PACK_TYPES[type], content.length),
    deflateSync(content),
  ]);
  const body = Buffer.concat([header, ...entries]);
  return Buffer.concat([body, createHash('sha1').update(body).digest()]);
}

/** Type and size, four bits and then seven at a time, lowest first. */
function entryHeader(type: number, size: number): Buffer {
  const bytes: number[] = [];
  let rest = Math.floor(size / 16);
  let current = type * 16 + (size % 16);
  while (rest > 0) {
    bytes.push(current + 128);
    current = rest % 128;
    rest = Math.floor(rest / 128);
  }
  return Buffer.from([...bytes, current]);
}
