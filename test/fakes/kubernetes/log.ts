import { type Objects, Refusal } from './objects.ts';

const LINE_FEED = 0x0a;
/** Bytes of `2026-11-22T15:00:00.123456789Z`. */
const TIME = 30;

/** A container's log as a kubelet serves it with `timestamps`: `time text` for what the runtime wrote as `time stream tag text`. */
export function logText(
  objects: Objects,
  logs: ReadonlyMap<string, Buffer>,
  name: string,
  query: URLSearchParams,
): Buffer {
  const { spec } = objects.get('pods', name);
  const container = query.get('container');
  const known = [...(spec.initContainers ?? []), ...spec.containers].map((one) => one.name);
  if (!known.includes(container))
    throw new Refusal(400, 'BadRequest', `container ${container} is not valid for pod ${name}`);
  const kept = logs.get(name);
  if (kept === undefined)
    throw new Refusal(
      400,
      'BadRequest',
      `container "${container}" in pod "${name}" is waiting to start: PodInitializing`,
    );
  if (query.get('timestamps') !== 'true') throw new Refusal(501, 'NotImplemented', 'a log without timestamps');
  const since = query.get('sinceTime') ?? '';
  if (!/^(.{19}Z)?$/.test(since))
    throw new Refusal(501, 'NotImplemented', `sinceTime ${since}, not in whole seconds of UTC`);
  const { text, seconds } = served(kept);
  return text.subarray(
    seconds.find(({ second }) => second >= since.slice(0, 19))?.offset ?? (since === '' ? 0 : text.length),
  );
}

interface Served {
  readonly text: Buffer;
  /** Where the lines of each second begin. */
  readonly seconds: readonly { readonly second: string; readonly offset: number }[];
}
/** Logs are asked for piece by piece, and are the same each time. */
const made = new WeakMap<Buffer, Served>();

function served(kept: Buffer): Served {
  const known = made.get(kept);
  if (known !== undefined) return known;
  const parts: Buffer[] = [];
  const seconds: { second: string; offset: number }[] = [];
  let offset = 0;
  for (let start = 0; start < kept.length; ) {
    const feed = kept.indexOf(LINE_FEED, start);
    const end = feed === -1 ? kept.length : feed + 1;
    const second = kept.toString('latin1', start, start + 19);
    if (seconds.at(-1)?.second !== second) seconds.push({ second, offset });
    const line = [kept.subarray(start, start + TIME + 1), kept.subarray(start + TIME + ' stdout F '.length, end)];
    parts.push(...line);
    offset += line.reduce((sum, part) => sum + part.length, 0);
    start = end;
  }
  const found = { text: Buffer.concat(parts), seconds };
  made.set(kept, found);
  return found;
}
