import type { ObjectType } from './cat-file.ts';

/** Who and when, as a commit or tag records it. `date` is ISO 8601 in UTC with `Z`. */
export interface Signature {
  readonly name: string;
  readonly email: string;
  readonly date: string;
}

export interface Commit {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Signature;
  readonly committer: Signature;
  readonly message: string;
  /** The armored signature and the bytes that it covers, if the commit is signed. */
  readonly signature: { readonly armor: string; readonly payload: string } | undefined;
}

export interface Tag {
  readonly sha: string;
  readonly object: string;
  readonly type: ObjectType;
  readonly tag: string;
  readonly tagger: Signature;
  readonly message: string;
}

export interface TreeEntry {
  readonly mode: string;
  readonly type: 'blob' | 'tree' | 'commit';
  readonly sha: string;
  readonly name: string;
}

const isoSeconds = (seconds: number): string => `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;

function parseSignature(text: string): Signature {
  const match = /^(.*?) ?<([^>]*)> (-?\d+) [+-]\d{4}$/.exec(text);
  return { name: match?.[1] ?? '', email: match?.[2] ?? '', date: isoSeconds(Number(match?.[3] ?? 0)) };
}

/** Splits an object into header fields (continuation lines joined) and message. */
function parseHeader(text: string): { fields: [string, string][]; message: string } {
  const split = text.indexOf('\n\n');
  const head = split < 0 ? text : text.slice(0, split);
  const fields: [string, string][] = [];
  for (const line of head.split('\n')) {
    const last = fields.at(-1);
    if (line.startsWith(' ') && last !== undefined) last[1] += `\n${line.slice(1)}`;
    else fields.push([line.split(' ', 1)[0] ?? '', line.slice(line.indexOf(' ') + 1)]);
  }
  return { fields, message: split < 0 ? '' : text.slice(split + 2) };
}

export function parseCommit(sha: string, content: Buffer): Commit {
  const text = content.toString('utf8');
  const { fields, message } = parseHeader(text);
  const field = (name: string): string => fields.find(([key]) => key === name)?.[1] ?? '';
  const armor = field('gpgsig');
  return {
    sha,
    tree: field('tree'),
    parents: fields.filter(([key]) => key === 'parent').map(([, value]) => value),
    author: parseSignature(field('author')),
    committer: parseSignature(field('committer')),
    message: message.replace(/\n$/, ''),
    signature: armor === '' ? undefined : { armor, payload: text.replace(/\ngpgsig .*(?:\n .*)*/, '') },
  };
}

export function parseTag(sha: string, content: Buffer): Tag {
  const { fields, message } = parseHeader(content.toString('utf8'));
  const field = (name: string): string => fields.find(([key]) => key === name)?.[1] ?? '';
  const type = field('type');
  return {
    sha,
    object: field('object'),
    type: type === 'blob' || type === 'tree' || type === 'tag' ? type : 'commit',
    tag: field('tag'),
    tagger: parseSignature(field('tagger')),
    message: message.replace(/\n$/, ''),
  };
}

const typeOfMode = (mode: string): TreeEntry['type'] =>
  mode === '040000' ? 'tree' : mode === '160000' ? 'commit' : 'blob';

export function parseTree(content: Buffer): TreeEntry[] {
  const entries: TreeEntry[] = [];
  let at = 0;
  while (at < content.length) {
    const space = content.indexOf(32, at);
    const zero = content.indexOf(0, space);
    const mode = content.toString('latin1', at, space).padStart(6, '0');
    const name = content.toString('utf8', space + 1, zero);
    entries.push({ mode, type: typeOfMode(mode), name, sha: content.toString('hex', zero + 1, zero + 21) });
    at = zero + 21;
  }
  return entries;
}

/** A person's line in a commit or tag. Control characters and angle brackets would end the field, so they are dropped. */
export function formatSignature(signature: Signature): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
  const clean = (text: string): string => text.replaceAll(/[\u0000-\u001f<>]/g, '');
  return `${clean(signature.name)} <${clean(signature.email)}> ${Math.floor(Date.parse(signature.date) / 1000)} +0000`;
}
