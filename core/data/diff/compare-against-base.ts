import type { DataContract, Loosening } from '../contract-model.ts';
import { type AgainstBase, driftRuleOf, type Reader, schemaRuleOf, type Verdict } from './against-base.ts';

const STRICTNESS: Readonly<Record<Verdict, number>> = { off: 0, warn: 1, fail: 2 };

/** In what the head lets pass, of drift and of changes that break a reader, what the base does not. */
export function compareAgainstBase(base: DataContract, head: DataContract): readonly Loosening[] {
  const [before, after] = [base.againstBase, head.againstBase];
  const found: Loosening[] = [...compareTables(before, after)];
  for (const { name, line } of head.columns) {
    if (!base.columns.some((column) => column.name === name)) continue;
    const add = (message: string): void => {
      found.push({ column: name, message: `column "${name}": ${message}`, line });
    };
    compareDrift(before, after, name, add);
    const [from, to] = [schemaRuleOf(before, name).verdict, schemaRuleOf(after, name).verdict];
    if (STRICTNESS[to] < STRICTNESS[from]) add(`changes that break a reader fall from ${from} to ${to}`);
  }
  return found;
}

function compareDrift(before: AgainstBase, after: AgainstBase, name: string, add: (message: string) => void): void {
  const [from, to] = [driftRuleOf(before, name), driftRuleOf(after, name)];
  if (STRICTNESS[to.verdict] < STRICTNESS[from.verdict]) add(`drift falls from ${from.verdict} to ${to.verdict}`);
  if (from.verdict === 'off' || to.verdict === 'off') return;
  if (from.test !== to.test)
    add(`drift is tested by ${to.test ?? 'the default'}, not by ${from.test ?? 'the default'}`);
  else if (to.smallestEffect !== from.smallestEffect && !smaller(to.smallestEffect, from.smallestEffect))
    add(
      `the smallest effect of drift changes from ${from.smallestEffect ?? 'the default'} to ${to.smallestEffect ?? 'the default'}`,
    );
}

/** The default depends on the test that the data asks for, so that only two numbers are compared. */
function smaller(after: number | null, before: number | null): boolean {
  return after !== null && before !== null && after < before;
}

function compareTables(before: AgainstBase, after: AgainstBase): readonly Loosening[] {
  const found: string[] = [];
  if (after.level < before.level) found.push(`the level of drift falls from ${before.level} to ${after.level}`);
  const corrections = ['none', 'benjamini_hochberg', 'holm'];
  if (corrections.indexOf(after.correction) > corrections.indexOf(before.correction))
    found.push(`the correction of drift changes from ${before.correction} to ${after.correction}`);
  if (STRICTNESS[after.schema.verdict] < STRICTNESS[before.schema.verdict])
    found.push(`changes that break a reader fall from ${before.schema.verdict} to ${after.schema.verdict}`);
  found.push(...compareReaders(before.readers, after.readers));
  return found.map((message) => ({ column: null, message: `the table: ${message}`, line: after.drift.line }));
}

/** No readers named means that everything is read. */
function compareReaders(before: readonly Reader[], after: readonly Reader[]): readonly string[] {
  if (after.length === 0) return [];
  if (before.length === 0) {
    const all = after.some(({ columns }) => columns === null);
    return all ? [] : ['only some columns are said to be read by a model'];
  }
  return before.flatMap(({ model, columns }) => {
    const now = after.find((one) => one.model === model);
    if (now === undefined) return [`${model} is no longer said to read it`];
    if (now.columns === null) return [];
    const left = columns === null ? ['all columns'] : columns.filter((name) => !now.columns?.includes(name));
    return left.length === 0 ? [] : [`${model} is no longer said to read ${left.slice(0, 5).join(', ')}`];
  });
}
