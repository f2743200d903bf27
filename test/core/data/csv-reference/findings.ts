import type { DataFinding } from '../../../../core/data/finding.ts';
import { MAX_FINDINGS } from '../../../../core/data/findings.ts';
import type { RepoPath } from '../../../../core/names.ts';

/** So that one bad column can't crowd out the others. */
const MAX_PER_RULE_AND_COLUMN = 50;

/** Collects findings up to the caps and counts all of them. */
export class Findings {
  readonly #kept: DataFinding[] = [];
  readonly #perRule = new Map<string, number>();
  total = 0;
  failures = 0;

  get kept(): readonly DataFinding[] {
    return this.#kept;
  }

  add(finding: DataFinding): void {
    this.total += 1;
    if (finding.severity === 'fail') this.failures += 1;
    const key = JSON.stringify([finding.rule, finding.column]);
    const count = (this.#perRule.get(key) ?? 0) + 1;
    this.#perRule.set(key, count);
    if (count > MAX_PER_RULE_AND_COLUMN || this.#kept.length >= MAX_FINDINGS) return;
    this.#kept.push({ ...finding, column: clip(finding.column, 256), message: clip(finding.message, 1000) });
  }

  fail(rule: string, file: RepoPath, line: number | null, column: string | null, message: string): void {
    this.add({ rule, severity: 'fail', file, line, column, message });
  }
}

function clip<T extends string | null>(text: T, length: number): T | string {
  return text !== null && text.length > length ? `${text.slice(0, length - 1)}…` : text;
}
