import pg, { type Pool } from 'pg';
import { limitIdleTransactions, refuseDatabase } from './session.ts';
import { inTransaction } from './transaction.ts';

/**
 * Steps of our schema, each applied once, in order. What stands here is in flight only (invariant 10): losing all of it
 * loses no decision. A step that was released is never edited, and none takes away or narrows what the code before it
 * uses: while an upgrade rolls, both work on one database.
 */
export const STEPS: readonly string[] = [
  `create table trainyard.sightings (
     id bigint generated always as identity,
     repository text not null, pull_request integer not null, sha text not null, head_repository text,
     at timestamptz not null, sender text not null, recorded_at timestamptz not null default now(),
     primary key (repository, pull_request, sha, at, sender));
   create index sightings_by_commit on trainyard.sightings (repository, sha);
   create table trainyard.notices (
     repository text not null, pull_request integer not null, key text not null, at timestamptz not null,
     author text not null, command text not null, tone text not null, message text not null,
     recorded_at timestamptz not null default now(),
     primary key (repository, pull_request, key));
   create table trainyard.validations (
     repository text not null, commit text not null, dataset text not null, state text not null,
     recorded_at timestamptz not null default now(),
     primary key (repository, commit, dataset));
   create table trainyard.runs (
     repository text not null, run text not null, installation bigint not null, lane text not null,
     recorded_at timestamptz not null default now(),
     primary key (repository, run));
   create table trainyard.step_metrics (
     id bigint generated always as identity,
     repository text not null, run text not null, metric text not null, step bigint not null,
     value double precision not null, recorded_at timestamptz not null default now(),
     primary key (repository, run, metric, step));`,
  `create table trainyard.progress (
     repository text not null, key text not null, value text not null,
     recorded_at timestamptz not null default now(),
     primary key (repository, key));`,
  `create table trainyard.effects (
     repository text not null, mark text not null, id bigint, url text not null default '', state text not null default '',
     recorded_at timestamptz not null default now(),
     primary key (repository, mark));
   create table trainyard.memory (began timestamptz not null);
   insert into trainyard.memory values (now());`,
  // Sightings from before were of pushes, or of requests that were opened again.
  `alter table trainyard.sightings add column event text not null default 'head';`,
  // Only counted for the metrics: a run whose last word was lost is forgotten with the rest.
  `create table trainyard.run_states (
     repository text not null, run text not null, engine text not null, state text not null,
     recorded_at timestamptz not null default now(),
     primary key (repository, run));`,
  // What all replicas know together of GitHub's limits (app/governor).
  `create table trainyard.limits (
     installation bigint primary key, state jsonb not null, version bigint not null default 0,
     recorded_at timestamptz not null default now());`,
  // The processes that share this database, what each has to itself meanwhile, and what they do in turns (app/durable).
  `create table trainyard.executors (
     executor text primary key, host text not null, lease_ms integer not null, renewals bigint not null default 0,
     started_at timestamptz not null default now(), renewed_at timestamptz not null default now());
   create table trainyard.turns (
     key text primary key, executor text not null references trainyard.executors (executor) on delete cascade,
     taken_at timestamptz not null default now());
   create table trainyard.rounds (name text primary key, number bigint not null, at timestamptz not null);`,
  // Which trace a run's flows are told in, and which workflow runs are its own; and what its compute came to.
  `create table trainyard.run_traces (
     repository text not null, run text not null, traceparent text not null, train_run bigint, judge_run bigint,
     version text, recorded_at timestamptz not null default now(),
     primary key (repository, run));
   create index run_traces_by_train_run on trainyard.run_traces (repository, train_run);
   create index run_traces_by_judge_run on trainyard.run_traces (repository, judge_run);
   create index run_traces_by_version on trainyard.run_traces (repository, version);
   create table trainyard.compute_counted (
     repository text not null, run text not null, recorded_at timestamptz not null default now(),
     primary key (repository, run));
   create table trainyard.compute_totals (
     engine text not null, gpu text not null, currency text not null, runs bigint not null,
     seconds double precision not null, gpu_seconds double precision not null, cost double precision not null,
     primary key (engine, gpu, currency));`,
  `create table trainyard.redeliveries (
     guid text primary key, delivery bigint not null, attempts integer not null default 0, due timestamptz,
     recorded_at timestamptz not null default now());
   create index redeliveries_due on trainyard.redeliveries (due);
   create table trainyard.redelivery_progress (reached timestamptz, began timestamptz, cursor text);
   insert into trainyard.redelivery_progress values (null, null, null);`,
  // Which database the memory is of: of one that was restored it is older than what was made since.
  `alter table trainyard.memory add column origin text;`,
  `alter table trainyard.runs add column trained_at timestamptz;`,
  // Which attempt at a run's training reports now, and which one reported a point.
  `alter table trainyard.runs add column attempt integer not null default 1;
   alter table trainyard.step_metrics add column attempt integer not null default 1;`,
  // How many points the attempt has posted, kept or not.
  `alter table trainyard.runs add column posted bigint not null default 0;`,
];

/** Days after which nothing in flight is remembered: a run lasts 35 at most. */
export const MEMORY_DAYS = 90;

/** Held while migrating, so that two Apps that start together do not both create. */
const LOCK = 7_246_001;

/** @throws AppError `database_unavailable` */
export async function migrateDatabase(databaseUrl: string): Promise<void> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  pool.on('error', () => {});
  await migrate(pool)
    .catch(refuseDatabase(databaseUrl))
    .finally(() => pool.end());
}

/** @param steps all that there are, but for tests of what an older version left */
export async function migrate(pool: Pool, steps: readonly string[] = STEPS): Promise<void> {
  const client = await pool.connect();
  try {
    await limitIdleTransactions(client);
    await inTransaction(client, async () => {
      await client.query('select pg_advisory_xact_lock($1)', [LOCK]);
      await client.query('create schema if not exists trainyard');
      await client.query('create table if not exists trainyard.migrations (step integer primary key)');
      const { rows } = await client.query<{ step: number }>('select step from trainyard.migrations');
      const applied = new Set(rows.map(({ step }) => step));
      for (const [step, sql] of steps.entries()) {
        if (applied.has(step)) continue;
        await client.query(sql);
        await client.query('insert into trainyard.migrations (step) values ($1)', [step]);
      }
    });
  } finally {
    client.release();
  }
}

const TABLES = [
  'sightings',
  'notices',
  'validations',
  'runs',
  'run_states',
  'step_metrics',
  'progress',
  'effects',
  'run_traces',
  'compute_counted',
  'limits',
] as const;

/** Deletes what nothing in flight can need any more: pull requests of which nothing was heard for so many days. */
export async function forgetOlderThan(pool: Pool, days: number): Promise<void> {
  for (const table of TABLES) {
    await pool.query(`delete from trainyard.${table} where recorded_at < now() - make_interval(days => $1)`, [days]);
  }
}
