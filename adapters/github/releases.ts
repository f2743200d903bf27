import { z } from 'zod';
import { PortError, type Releases } from '../../flows/ports.ts';
import type { Api, Parameters } from './api.ts';
import { isUnprocessable } from './errors.ts';

const Asset = z.object({ id: z.int().positive(), name: z.string(), size: z.int().min(0), state: z.string() });
const Release = z.object({
  id: z.int().positive(),
  html_url: z.string(),
  upload_url: z.string(),
  url: z.string(),
  assets: z.array(Asset),
});
type Release = z.infer<typeof Release>;

/** Milliseconds: a package may have gigabytes. */
const DOWNLOAD_TIMEOUT = 600_000;

const ALL = '/repos/{owner}/{repo}/releases';

/** One release per tag. An upload that broke off leaves an asset of another size or state: it is deleted and sent anew. */
export function releases(api: Api): Releases {
  /** What an earlier attempt has made may not be shown yet. */
  const make = async <T>(route: string, parameters: Parameters, schema: z.ZodType<T>): Promise<T> => {
    try {
      return await api.send(`POST ${route}`, parameters, schema);
    } catch (error) {
      if (!isTaken(error)) throw error;
      const found = `POST ${route}: it is there already, but GitHub does not show it yet; it is tried again`;
      throw new PortError('unavailable', found, { cause: error });
    }
  };
  return {
    async ensure({ tag, name, body, assets }) {
      const there = await api.find(`GET ${ALL}/tags/{tag}`, { tag }, Release);
      const release = there ?? (await make(ALL, { tag_name: tag, name, body, draft: false }, Release));
      const upload = uploadUrl(release);
      for (const asset of assets) {
        const present = release.assets.find((known) => known.name === asset.name);
        if (present?.size === asset.bytes.length && present.state === 'uploaded') continue;
        if (present !== undefined) await api.raw(`DELETE ${ALL}/assets/{asset_id}`, { asset_id: present.id });
        const parameters = {
          name: asset.name,
          // Its length is known, so fetch itself says it; said twice, some fetches refuse.
          data: Buffer.from(asset.bytes),
          headers: { 'content-type': asset.contentType },
        };
        await make(upload, parameters, Asset);
      }
      return { url: release.html_url };
    },
    async asset(tag, name, maxBytes) {
      const release = await api.find(`GET ${ALL}/tags/{tag}`, { tag }, Release);
      const asset = release?.assets.find((known) => known.name === name && known.state === 'uploaded');
      if (asset === undefined) return null;
      if (asset.size > maxBytes)
        throw new PortError(
          'too_large',
          `release ${tag}: ${name} has ${asset.size} bytes; ${maxBytes} are read at most`,
        );
      const { data } = await api.raw(`GET ${ALL}/assets/{asset_id}`, {
        asset_id: asset.id,
        headers: { accept: 'application/octet-stream' },
        // GitHub redirects to a signed address on another host, to which fetch takes no token along.
        request: { signal: AbortSignal.timeout(DOWNLOAD_TIMEOUT) },
      });
      if (data instanceof ArrayBuffer && data.byteLength < asset.size)
        throw new PortError('unavailable', `release ${tag}: the download of ${name} broke off; it is tried again`);
      if (data instanceof ArrayBuffer) return new Uint8Array(data);
      throw new PortError('malformed', `release ${tag}: expected the bytes of ${name}, got ${typeof data}`);
    },
  };
}

const Refusal = z.object({
  response: z.object({ data: z.object({ errors: z.array(z.object({ code: z.string() })) }) }),
});

/** Somebody, mostly we ourselves, has made one of this tag. */
function isTaken(error: unknown): boolean {
  if (!isUnprocessable(error) || !(error instanceof PortError)) return false;
  const refusal = Refusal.safeParse(error.cause);
  return refusal.success && refusal.data.response.data.errors.some(({ code }) => code === 'already_exists');
}

/** The address comes from an answer and our token goes there: it must be the API's own host or GitHub's upload host. */
function uploadUrl(release: Release): string {
  const upload = new URL(release.upload_url.replace(/\{.*$/, ''));
  const api = new URL(release.url);
  const own = upload.host === api.host && upload.protocol === api.protocol;
  const github = api.host === 'api.github.com' && upload.host === 'uploads.github.com' && upload.protocol === 'https:';
  if (own || github) return `${upload.href}{?name}`;
  throw new PortError('malformed', `release: expected an upload address on ${api.host}, got ${upload.host}`);
}
