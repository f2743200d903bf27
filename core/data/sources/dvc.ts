import { parseDocument } from 'yaml';
import { z } from 'zod';

/** What a pointer of DVC says of one output (https://dvc.org/doc/user-guide/project-structure). */
export interface DvcOutput {
  /** Relative to the pointer's folder. */
  readonly path: string;
  readonly md5: string;
  /** The md5 is that of a list of files. */
  readonly directory: boolean;
  /** Written by DVC before version 3, which stored elsewhere and took line ends of text for one. */
  readonly legacy: boolean;
  readonly remote: string | null;
}

const Output = z.looseObject({
  path: z.string().min(1).max(4096),
  md5: z
    .string()
    .regex(/^[0-9a-f]{32}(?:\.dir)?$/)
    .optional(),
  hash: z.string().optional(),
  remote: z.string().max(200).optional(),
});
const Pointer = z.looseObject({ outs: z.array(Output).max(10_000), wdir: z.string().max(4096).optional() });
const Lock = z.looseObject({
  stages: z.record(z.string(), z.looseObject({ outs: z.array(Output).max(10_000).optional() })),
});

/** In UTF-16 code units. */
const MAX_POINTER = 32 * 1024 * 1024;

/** Outputs of a `.dvc` file; null where the text is none. */
export function parseDvcFile(text: string): readonly DvcOutput[] | null {
  const parsed = Pointer.safeParse(yaml(text));
  if (!parsed.success) return null;
  const { outs, wdir } = parsed.data;
  return outs.flatMap((out) => outputOf(out, wdir));
}

/** Outputs of all stages of a `dvc.lock`; null where the text is none. */
export function parseDvcLock(text: string): readonly DvcOutput[] | null {
  const parsed = Lock.safeParse(yaml(text));
  return parsed.success
    ? Object.values(parsed.data.stages).flatMap(({ outs = [] }) => outs.flatMap((out) => outputOf(out)))
    : null;
}

function outputOf({ path, md5, hash, remote }: z.infer<typeof Output>, folder?: string): readonly DvcOutput[] {
  if (md5 === undefined) return [];
  const directory = md5.endsWith('.dir');
  const where = folder === undefined || folder === '.' ? path : `${folder}/${path}`;
  return [{ path: where, md5: md5.slice(0, 32), directory, legacy: hash === undefined, remote: remote ?? null }];
}

function yaml(text: string): unknown {
  if (text.length > MAX_POINTER) return null;
  try {
    const document = parseDocument(text, { merge: false, schema: 'core', logLevel: 'error' });
    return document.errors.length > 0 ? null : document.toJS({ maxAliasCount: 0 });
  } catch {
    return null;
  }
}

const Manifest = z
  .array(z.looseObject({ md5: z.string().regex(/^[0-9a-f]{32}$/), relpath: z.string().min(1).max(4096) }))
  .max(1_000_000);

export interface DvcFile {
  /** Within the folder, with `/`. */
  readonly path: string;
  readonly md5: string;
}

/** The files of a folder, from the list that its md5 names; null where it is none, or leads out of the folder. */
export function parseDvcManifest(text: string): readonly DvcFile[] | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const parsed = Manifest.safeParse(value);
  if (!parsed.success) return null;
  const files = parsed.data.map(({ md5, relpath }) => ({ md5, path: relpath }));
  const escapes = ({ path }: DvcFile): boolean => /^[/\\]|^[a-z]:/i.test(path) || path.split(/[/\\]/).includes('..');
  return files.some(escapes) ? null : files;
}

/** Where an object lies below a cache or remote. */
export function dvcObjectPath({ md5, directory, legacy }: Pick<DvcOutput, 'md5' | 'directory' | 'legacy'>): string {
  const path = `${md5.slice(0, 2)}/${md5.slice(2)}${directory ? '.dir' : ''}`;
  return legacy ? path : `files/md5/${path}`;
}

export interface DvcConfig {
  /** Of `[core] remote`. */
  readonly remote: string | null;
  /** Options of each `['remote "NAME"']`. */
  readonly remotes: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Of `[cache] dir`. */
  readonly cache: string | null;
}

/** Reads `.dvc/config`; later texts (such as `.dvc/config.local`) override earlier ones. */
export function parseDvcConfig(texts: readonly string[]): DvcConfig {
  const sections = new Map<string, Map<string, string>>();
  for (const text of texts) {
    let section = new Map<string, string>();
    for (const line of text.split(/\r?\n/)) {
      const heading = /^\s*\[\s*'?(.*?)'?\s*\]\s*$/.exec(line)?.[1];
      if (heading !== undefined) {
        section = sections.get(heading) ?? new Map<string, string>();
        sections.set(heading, section);
        continue;
      }
      const [, key = '', value = ''] = /^\s*([\w-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
      if (key !== '') section.set(key.toLowerCase(), value.replace(/^(["'])(.*)\1$/, '$2'));
    }
  }
  const remotes = new Map<string, ReadonlyMap<string, string>>();
  for (const [heading, options] of sections) {
    const name = /^remote\s+"(.*)"$/.exec(heading)?.[1];
    if (name !== undefined) remotes.set(name, options);
  }
  return {
    remote: sections.get('core')?.get('remote') ?? null,
    remotes,
    cache: sections.get('cache')?.get('dir') ?? null,
  };
}
