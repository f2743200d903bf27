import type { GitId } from '../core/names.ts';
import type { CheckOutput } from '../core/reports/view.ts';
import type { Check, CheckConclusion, Ports } from './ports.ts';

/** Writes what was rendered as a check. @param conclusion null while it is in progress */
export async function putCheck(
  ports: Ports,
  sha: GitId,
  name: string,
  output: CheckOutput,
  conclusion: CheckConclusion | null,
  more: Partial<Pick<Check, 'externalId' | 'detailsUrl' | 'actions'>> = {},
): Promise<void> {
  await ports.checks.put({
    name,
    sha,
    externalId: name,
    status: conclusion === null ? 'in_progress' : 'completed',
    ...(conclusion === null ? {} : { conclusion }),
    title: output.title,
    summary: output.summary,
    ...(output.text === '' ? {} : { text: output.text }),
    annotations: output.annotations.map(({ path, start_line, annotation_level, title, message }) => ({
      path,
      line: start_line,
      level: annotation_level,
      title,
      message,
    })),
    ...more,
  });
}
