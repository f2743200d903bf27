import type { ContractWaiver } from './contract-model.ts';
import type { RuleResult, Tolerance } from './report/data-report.ts';

/**
 * Turns failed rules that a waiver stands for into `waived`. A waiver counts through its day (UTC); after it the rule
 * fails again, and says so. What was not checked is never waived: nobody knows what it would have found.
 *
 * @param today as `2026-12-31`, in UTC
 */
export function applyWaivers(
  rules: readonly RuleResult[],
  waivers: readonly ContractWaiver[],
  today: string,
): readonly RuleResult[] {
  return rules.map((result) => {
    if (result.status !== 'failed') return result;
    const meant = waivers.filter((waiver) => isMeant(waiver, result));
    const standing = meant.find(({ expires }) => expires >= today);
    if (standing !== undefined) {
      const { owner, reason, expires } = standing;
      return { ...result, status: 'waived', waiver: { owner, reason, expires } };
    }
    const [expired] = meant;
    if (expired === undefined) return result;
    const found = `${result.found} (the waiver of ${expired.owner} ended on ${expired.expires})`;
    return { ...result, found: found.slice(0, 1000) };
  });
}

function isMeant({ column, rule, ruleLine }: ContractWaiver, result: RuleResult): boolean {
  if (rule !== null && rule !== result.rule) return false;
  if (ruleLine !== null) return result.contractLine === ruleLine;
  return column === null || (result.columns.length === 1 && result.columns[0] === column);
}

/** Whether so many violations are let pass. Nothing is tolerated where no rows were looked at and something was found. */
export function isTolerated(violations: number, rows: number, tolerance: Tolerance | null): boolean {
  if (violations === 0) return true;
  if (tolerance === null) return false;
  // Division, not multiplication: the quotient of 29 and 100 is the very number that "29 %" is read as.
  return tolerance.unit === 'count' ? violations <= tolerance.value : violations / rows <= tolerance.value;
}

/** What a report concludes from its rules: unchecked rules of severity `fail` leave it `not_checked`, unless one failed. */
export function statusOf(rules: readonly RuleResult[]): 'passed' | 'failed' | 'not_checked' {
  const counting = rules.filter(({ severity }) => severity === 'fail');
  if (counting.some(({ status }) => status === 'failed')) return 'failed';
  if (counting.some(({ status }) => status === 'not_checked')) return 'not_checked';
  return 'passed';
}
