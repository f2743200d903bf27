import type { Pool } from 'pg';
import { z } from 'zod';
import { StepValue } from '../../core/evaluation/metrics.ts';
import { GitId, Instant, type RepositoryName } from '../../core/names.ts';
import { type InFlight, PortError } from '../../flows/ports.ts';

// As GitHub writes it: without the fraction when there is none.
const Time = z.date().transform((date) => Instant.parse(date.toISOString().replace('.000Z', 'Z')));
const SightingRow = z
  .object({
    pull_request: z.int(),
    event: z.enum(['head', 'reopened', 'base']),
    sha: GitId,
    head_repository: z.string().nullable(),
    at: Time,
    sender: z.string(),
  })
  .transform(({ pull_request, head_repository, ...rest }) => ({
    ...rest,
    pullRequest: pull_request,
    headRepository: head_repository,
  }));
const NoticeRow = z
  .object({
    pull_request: z.int(),
    key: z.string(),
    at: Time,
    author: z.string(),
    command: z.string(),
    tone: z.enum(['ok', 'refused', 'info']),
    message: z.string(),
  })
  .transform(({ pull_request, ...rest }) => ({ ...rest, pullRequest: pull_request }));
const ValidationRow = z.object({ dataset: z.string(), state: z.string() });
const MetricRow = z
  .object({ step: z.coerce.number(), metric: z.string(), value: StepValue, attempt: z.int().nullable() })
  .transform(({ attempt, ...point }) => (attempt === null ? point : { ...point, attempt }));

const ProgressRow = z.object({ value: z.string() });
const NamedProgressRow = ProgressRow.extend({ key: z.string() });

const NOTICES = 12;

/** PostgreSQL refuses NUL in text, and what it refuses would be tried again for ever: a comment could hold it. */
function storable(value: unknown): unknown {
  return typeof value === 'string' ? value.replaceAll('\0', '\uFFFD') : value;
}

/** What is in flight for one repository, in the App's own tables. */
export function inFlight(pool: Pool, repository: RepositoryName): InFlight {
  const rows = async <T>(schema: z.ZodType<T>, sql: string, values: readonly unknown[]): Promise<T[]> => {
    try {
      const result = await pool.query(sql, [repository, ...values.map(storable)]);
      return z.array(schema).parse(result.rows);
    } catch (cause) {
      if (cause instanceof z.ZodError) throw cause;
      throw new PortError('unavailable', 'the App’s database did not answer; it is tried again', { cause });
    }
  };
  const none = z.unknown();
  return {
    async recordSighting({ pullRequest, event, sha, headRepository, at, sender }) {
      await rows(
        none,
        `insert into trainyard.sightings (repository, pull_request, event, sha, head_repository, at, sender)
         values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing`,
        [pullRequest, event, sha, headRepository, at, sender],
      );
    },
    sightings: (pullRequest) =>
      rows(
        SightingRow,
        `select pull_request, event, sha, head_repository, at, sender from trainyard.sightings
         where repository = $1 and pull_request = $2 order by at, id`,
        [pullRequest],
      ),
    async putNotice({ pullRequest, key, at, author, command, tone, message }) {
      await rows(
        none,
        `insert into trainyard.notices (repository, pull_request, key, at, author, command, tone, message)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (repository, pull_request, key) do update
         set at = excluded.at, author = excluded.author, command = excluded.command, tone = excluded.tone,
             message = excluded.message`,
        [pullRequest, key, at, author, command, tone, message],
      );
    },
    async notices(pullRequest) {
      const newestFirst = await rows(
        NoticeRow,
        `select pull_request, key, at, author, command, tone, message from trainyard.notices
         where repository = $1 and pull_request = $2 order by at desc, recorded_at desc, key desc limit ${NOTICES}`,
        [pullRequest],
      );
      return newestFirst.reverse();
    },
    async putValidation(commit, dataset, state) {
      await rows(
        none,
        `insert into trainyard.validations (repository, commit, dataset, state) values ($1, $2, $3, $4)
         on conflict (repository, commit, dataset) do update set state = excluded.state`,
        [commit, dataset, state],
      );
    },
    async validations(commit) {
      const sql = 'select dataset, state from trainyard.validations where repository = $1 and commit = $2';
      const found = await rows(ValidationRow, sql, [commit]);
      return Object.fromEntries(found.map(({ dataset, state }) => [dataset, state]));
    },
    stepMetrics: (run) =>
      rows(
        MetricRow,
        `select step, metric, value, nullif(attempt, 1) as attempt
           from trainyard.step_metrics where repository = $1 and run = $2 order by id`,
        [run],
      ),
    async progress(key) {
      const sql = 'select value from trainyard.progress where repository = $1 and key = $2';
      const [known] = await rows(ProgressRow, sql, [key]);
      return known?.value ?? null;
    },
    async progressBelow(prefix) {
      const sql = 'select key, value from trainyard.progress where repository = $1 and starts_with(key, $2)';
      const found = await rows(NamedProgressRow, sql, [prefix]);
      return Object.fromEntries(found.map(({ key, value }) => [key, value]));
    },
    async putProgress(key, value) {
      await rows(
        none,
        `insert into trainyard.progress (repository, key, value) values ($1, $2, $3)
         on conflict (repository, key) do update set value = excluded.value, recorded_at = now()`,
        [key, value],
      );
    },
  };
}
