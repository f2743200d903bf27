import { z } from 'zod';

/** A pointer of Git LFS (https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md). */
export interface LfsPointer {
  /** SHA-256 of the content. */
  readonly oid: string;
  readonly size: number;
}

/** In bytes: the specification's bound. */
export const MAX_POINTER = 1024;

/** Reads a pointer; null where the bytes are none. */
export function parsePointer(bytes: Uint8Array): LfsPointer | null {
  if (bytes.length >= MAX_POINTER) return null;
  const text = new TextDecoder('utf-8').decode(bytes);
  const [version = '', ...lines] = text.replace(/\n$/, '').split('\n');
  if (!/^version https:\/\/(?:git-lfs\.github\.com\/spec|hawser\.github\.com\/spec)\/v1$/.test(version)) return null;
  const oid = lines.flatMap((line) => /^oid sha256:([0-9a-f]{64})$/.exec(line)?.[1] ?? [])[0];
  const size = Number(lines.flatMap((line) => /^size (\d{1,15})$/.exec(line)?.[1] ?? [])[0] ?? Number.NaN);
  return oid === undefined || Number.isNaN(size) ? null : { oid, size };
}

/** Where git-lfs itself looks for a remote's server: below the repository's address. Null for one that has none. */
export function lfsEndpoint(remote: string): string | null {
  const scp = /^(?:[\w.-]+@)?([\w.-]+):(?!\/)(.+)$/.exec(remote);
  const address = scp === null ? remote : `https://${scp[1]}/${scp[2]}`;
  if (!URL.canParse(address)) return null;
  const url = new URL(address);
  if (url.protocol === 'ssh:' || url.protocol === 'git+ssh:')
    return lfsEndpoint(`https://${url.hostname}${url.pathname}`);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return null;
  url.username = '';
  url.password = '';
  const path = url.pathname.replace(/\/+$/, '');
  return `${url.origin}${path.endsWith('.git') ? path : `${path}.git`}/info/lfs`;
}

const Action = z.looseObject({ href: z.url().max(16_384), header: z.record(z.string(), z.string()).optional() });

/** What the batch API answers (https://github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md). */
export const LfsBatch = z.looseObject({
  transfer: z.literal('basic').optional(),
  objects: z
    .array(
      z.looseObject({
        oid: z.string(),
        size: z.number(),
        actions: z.looseObject({ download: Action.optional() }).optional(),
        error: z.looseObject({ code: z.number(), message: z.string() }).optional(),
      }),
    )
    .max(1000),
});
export type LfsBatch = z.infer<typeof LfsBatch>;
