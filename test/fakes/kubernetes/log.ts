import { type Objects, Refusal } from './objects.ts';

const LINE_FEED = 0x0a;
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
  const parts: Buffer[] = [];
  for (let start = 0; start < kept.length; ) {
    const feed = kept.indexOf(LINE_FEED, start);
    const end = feed === -1 ? kept.length : feed + 1;
    const time = kept.toString('latin1', start, start + TIME);
    if (time.slice(0, 19) >= since.slice(0, 19))
      parts.push(Buffer.from(`${time} `), kept.subarray(start + time.length + ' stdout F '.length, end));
    start = end;
  }
  return Buffer.concat(parts);
}
