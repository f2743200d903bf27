import type { Walked } from './path.ts';

/** Members that hold an id, a time or a duration, wherever they stand. */
const PLACEHOLDERS: Readonly<Record<string, string>> = {
  id: '<id>',
  runId: '<id>',
  workflowRun: '<id>',
  trainRun: '<id>',
  judgeRun: '<id>',
  commentId: '<id>',
  run: '<run>',
  repository: '<repository>',
  at: '<time>',
  acceptedAt: '<time>',
  startedAt: '<time>',
  endedAt: '<time>',
  seconds: '<time>',
  by: '<signer>',
  // Digests over ids and times: of an envelope, of an archive that holds a log.
  previous: '<digest>',
  record: '<digest>',
};

/** Members with such a name that mean something else, told by their path. */
const MEANT = [/^order\.run$/, /^state\.order\.run$/, /^source\.inputs\.\d+\.id$/, /^(state\.)?order\.data\.\w+\.id$/];

/** What must be equal however a run came about: everything but signer, ids and times. */
export function comparable({ head, base, entries, records }: Walked): unknown {
  const commits = new Map([
    [head, '<head>'],
    [base, '<base>'],
  ]);
  const strip = (value: unknown, path: string): unknown => {
    if (typeof value === 'string') return commits.get(value) ?? value;
    if (Array.isArray(value)) return value.map((item, index) => strip(item, `${path}.${index}`));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => {
        const here = path === '' ? key : `${path}.${key}`;
        const archive = key === 'digest' && /(^|\.)(output|artifact)$/.test(path);
        const placeholder = archive ? '<digest>' : PLACEHOLDERS[key];
        const kept = placeholder === undefined || item === null || MEANT.some((meant) => meant.test(here));
        return [key, kept ? strip(item, here) : placeholder];
      }),
    );
  };
  return {
    entries: entries.map(({ entry }) => strip(entry, '')),
    records: records.map(({ record }) => strip(record, '')),
  };
}
