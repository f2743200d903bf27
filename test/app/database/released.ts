/** The beginnings of SHA-256 over each step of the schema that was released, in their order. */
export const RELEASED: readonly string[] = [
  'bcaab0d4b0b17422',
  '3dd4c325c56203eb',
  '887c82eb7615159e',
  '8a325b2b9a5a016c',
  '633c20de6e36bcb3',
];

/** What an older version of the App asks of its tables, word for word: a newer schema must still answer it. */
export interface OldCode {
  /** The step that brought the table: from then on there was code that used it. */
  readonly since: number;
  readonly write: string;
  readonly values: readonly unknown[];
  readonly read: string;
  readonly found: object;
}

const SHA = 'a'.repeat(40);
const RUN = '01JD0000000000000000000000';
const AT = '2026-11-22T10:00:00Z';
const REPOSITORY = 'flights/delay';

export const OLD_CODE: readonly OldCode[] = [
  {
    since: 1,
    write: `insert into trainyard.sightings (repository, pull_request, sha, head_repository, at, sender)
      values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
    values: [REPOSITORY, 3, SHA, 'ben/delay', AT, 'ben'],
    read: `select pull_request, sha, head_repository, sender from trainyard.sightings
      where repository = '${REPOSITORY}' and pull_request = 3 order by at, id`,
    found: { pull_request: 3, sha: SHA, head_repository: 'ben/delay', sender: 'ben' },
  },
  {
    since: 1,
    write: `insert into trainyard.notices (repository, pull_request, key, at, author, command, tone, message)
      values ($1, $2, $3, $4, $5, $6, $7, $8)
      on conflict (repository, pull_request, key) do update
      set at = excluded.at, author = excluded.author, command = excluded.command, tone = excluded.tone,
          message = excluded.message`,
    values: [REPOSITORY, 3, 'k', AT, 'ada', '/train', 'refused', 'because'],
    read: `select key, author, command, tone, message from trainyard.notices
      where repository = '${REPOSITORY}' and pull_request = 3 order by at desc, key desc limit 10`,
    found: { key: 'k', author: 'ada', command: '/train', tone: 'refused', message: 'because' },
  },
  {
    since: 1,
    write: `insert into trainyard.validations (repository, commit, dataset, state) values ($1, $2, $3, $4)
      on conflict (repository, commit, dataset) do update set state = excluded.state`,
    values: [REPOSITORY, SHA, 'rows', '{}'],
    read: `select dataset, state from trainyard.validations where repository = '${REPOSITORY}' and commit = '${SHA}'`,
    found: { dataset: 'rows', state: '{}' },
  },
  {
    since: 1,
    write: `insert into trainyard.runs (repository, run, installation, lane) values ($1, $2, $3, $4)
      on conflict (repository, run) do update set installation = excluded.installation, lane = excluded.lane`,
    values: [REPOSITORY, RUN, 7, 'flights/delay#3'],
    read: `select installation, lane from trainyard.runs where repository = '${REPOSITORY}' and run = '${RUN}'`,
    found: { installation: '7', lane: 'flights/delay#3' },
  },
  {
    since: 1,
    write: `insert into trainyard.step_metrics (repository, run, metric, step, value)
      values ($1, $2, $3, $4, $5) on conflict do nothing`,
    values: [REPOSITORY, RUN, 'loss', 1, 0.5],
    read: `select step, metric, value from trainyard.step_metrics
      where repository = '${REPOSITORY}' and run = '${RUN}' order by id`,
    found: { step: '1', metric: 'loss', value: 0.5 },
  },
  {
    since: 2,
    write: `insert into trainyard.progress (repository, key, value) values ($1, $2, $3)
      on conflict (repository, key) do update set value = excluded.value, recorded_at = now()`,
    values: [REPOSITORY, 'main', SHA],
    read: `select value from trainyard.progress where repository = '${REPOSITORY}' and key = 'main'`,
    found: { value: SHA },
  },
  {
    since: 3,
    write: `insert into trainyard.effects (repository, mark, id, url, state) values ($1, $2, $3, $4, $5)
      on conflict (repository, mark) do update
      set id = excluded.id, url = excluded.url, state = excluded.state, recorded_at = now()`,
    values: [REPOSITORY, 'comment 3', 9, 'u', 's'],
    read: `select id, url, state from trainyard.effects where repository = '${REPOSITORY}' and mark = 'comment 3'`,
    found: { id: '9', url: 'u', state: 's' },
  },
  {
    since: 4,
    write: `insert into trainyard.sightings (repository, pull_request, event, sha, head_repository, at, sender)
      values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing`,
    values: [REPOSITORY, 4, 'reopened', SHA, 'ben/delay', AT, 'ben'],
    read: `select event, sha from trainyard.sightings where repository = '${REPOSITORY}' and pull_request = 4`,
    found: { event: 'reopened', sha: SHA },
  },
  {
    since: 5,
    write: `insert into trainyard.run_states (repository, run, engine, state) values ($1, $2, $3, $4)
      on conflict (repository, run) do update
      set engine = excluded.engine, state = excluded.state, recorded_at = now()`,
    values: [REPOSITORY, RUN, 'runner', 'training'],
    read: `select engine, state, count(*)::int as runs from trainyard.run_states group by engine, state`,
    found: { engine: 'runner', state: 'training', runs: 1 },
  },
];
