import { type DataSource, nameOf } from '../../core/data/sources/reference.ts';
import { placeRefusal } from '../../core/data/sources/trust.ts';
import { DataEngineError, type DataFile } from '../../flows/check-data/ports.ts';
import { download, type HttpLimits } from './http-client.ts';
import type { SourceContext } from './options.ts';

/** One file from a web server, pinned by its digest. @throws DataEngineError */
export async function fetchHttp(
  source: Extract<DataSource, { kind: 'http' }>,
  context: SourceContext,
): Promise<readonly DataFile[]> {
  const name = nameOf(source);
  const path = await context.scratch.place(new URL(name).pathname);
  const got = await download({ url: source.url }, path, httpLimits(context));
  if (source.sha256 !== null && got.sha256 !== source.sha256)
    throw new DataEngineError('unreadable', `${name}: expected sha256 ${source.sha256}, got ${got.sha256}`);
  if (source.sha256 === null && !got.delimited && context.trust.kind === 'person')
    throw new DataEngineError(
      'unreadable',
      `${name}: the server states no length, so that a part can’t be told from the whole: compare what it holds with its source, and add #sha256=${got.sha256} where it is whole`,
    );
  return [{ name, path, bytes: got.bytes, pin: { source: name, kind: 'sha256', value: got.sha256 } }];
}

export function httpLimits({ bounds, allowPrivate, trust }: SourceContext): HttpLimits {
  const limits = { maxBytes: bounds.bytes, seconds: bounds.seconds, allowPrivate };
  if (trust.kind === 'person') return limits;
  return { ...limits, mayFollow: (url) => placeRefusal(url, trust.prefixes) === null };
}
