import type { DataAnnotation } from '../../core/reports/data/check.ts';
import type { Log } from './job.ts';

/** GitHub shows no more than ten annotations of a kind for each step. */
const MAX_ANNOTATIONS = 10;

/** What does not hold, each at its line: the failures first, since the job may have more than are shown. */
export function annotate(annotations: readonly DataAnnotation[], log: Log): void {
  for (const level of ['failure', 'warning'] as const) {
    for (const { path, line, title, message } of annotations
      .filter((one) => one.level === level)
      .slice(0, MAX_ANNOTATIONS)) {
      const place = { file: path, line, title };
      if (level === 'failure') log.error(message, place);
      else log.warning(message, place);
    }
  }
}
