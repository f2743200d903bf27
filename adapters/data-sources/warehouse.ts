import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import type { ResultColumn, ResultRow } from '../../core/data/sources/result-rows.ts';
import { DataEngineError } from '../../flows/check-data/ports.ts';
import type { JsonAnswer } from './http-client.ts';
import type { SourceContext } from './options.ts';

/** A query's result, part by part. */
export interface QueryResult {
  /** The statement's id at the warehouse. */
  readonly id: string;
  readonly columns: readonly ResultColumn[];
  /** As the warehouse counts the rows of all parts; null where it does not say. */
  readonly rows: number | null;
  /** @throws DataEngineError */
  parts(): AsyncIterable<readonly ResultRow[]>;
}

/** Runs one query and waits for it. @throws DataEngineError */
export type Warehouse = (query: string, context: SourceContext) => Promise<QueryResult>;

/** Asks again and again, a little less often each time, until there is an answer. @throws DataEngineError `timed_out` */
export async function poll<T>(ask: () => Promise<T | null>, what: string, seconds: number): Promise<T> {
  const signal = AbortSignal.timeout(seconds * 1000);
  for (let wait = 100; ; wait = Math.min(wait * 2, 5000)) {
    const answer = await ask();
    if (answer !== null) return answer;
    await pause(wait, undefined, { signal }).catch(() => {
      throw new DataEngineError('timed_out', `${what}: no result within ${seconds} s`);
    });
  }
}

/** A variable that must be there. @throws DataEngineError `not_installed`, naming all that are needed */
export function needed(context: SourceContext, name: string, all: string): string {
  const value = context.variables[name];
  if (value !== undefined && value !== '') return value;
  throw new DataEngineError('not_installed', `${name} is not set: this source needs ${all}`);
}

const Complaint = z.looseObject({ message: z.string() });

/** An answer whose message, of which errors and so reports quote, repeats no token: a server may say back what it was sent. */
export async function without(token: string, answer: Promise<JsonAnswer>): Promise<JsonAnswer> {
  const { status, body } = await answer;
  const complaint = Complaint.safeParse(body);
  if (!complaint.success) return { status, body };
  return { status, body: { ...complaint.data, message: complaint.data.message.replaceAll(token, '***') } };
}
