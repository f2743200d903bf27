import type { ValidationResult } from '../../core/data/result.ts';
import { codeSpan, escapeMarkdown } from '../../core/reports/markdown.ts';

const SHOWN = 50;
const WORDS = { passed: 'passed', failed: 'failed', not_checked: 'could not be checked' } as const;

/** The step summary: messages quote values from the data, so every text of theirs is escaped. */
export function summaryOf(result: ValidationResult): string {
  const lines = [`### Data check of ${codeSpan(result.dataset)}: ${WORDS[result.status]}`, ''];
  if (result.reason !== null) lines.push(escapeMarkdown(result.reason), '');
  const rows = result.rows === null ? '' : `${result.rows} rows, `;
  lines.push(`${rows}${result.total} ${result.total === 1 ? 'finding' : 'findings'}`, '');
  if (result.findings.length > 0) {
    lines.push('| where | rule | what |', '| --- | --- | --- |');
    for (const finding of result.findings.slice(0, SHOWN)) {
      const where = `${finding.file}${finding.line === null ? '' : `:${finding.line}`}`;
      lines.push(`| ${codeSpan(where)} | ${codeSpan(finding.rule)} | ${escapeMarkdown(finding.message)} |`);
    }
  }
  if (result.total > SHOWN) lines.push('', `Only the first ${SHOWN} are shown.`);
  return lines.join('\n');
}
