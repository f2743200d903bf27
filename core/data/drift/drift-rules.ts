import { cut, type Measured } from '../checks/measured.ts';
import type { DataContract } from '../contract-model.ts';
import { type AgainstBase, driftRuleOf } from '../diff/against-base.ts';
import type { DriftResult, NotCompared } from '../report/base.ts';

const NAMES: Readonly<Record<DriftResult['test'], string>> = {
  ks: 'Kolmogorov-Smirnov distance',
  wasserstein: 'Wasserstein distance in standard deviations',
  jensen_shannon: 'Jensen-Shannon distance',
  chi_squared: 'χ²',
};

/** Free text, identifiers and objects have no distribution and time goes on, so that a word about all columns can't mean them. */
const BY_NATURE: readonly NotCompared['code'][] = [
  'too_many_categories',
  'personal',
  'identifier',
  'structured',
  'point_in_time',
];

/**
 * What drift decides: a rule for each column that was compared, and one that is not checked for each column that was not
 * although the contract asks for it.
 */
export function driftRules(
  results: readonly DriftResult[],
  notCompared: readonly NotCompared[],
  contract: DataContract,
): readonly Measured[] {
  const lines = new Map(contract.columns.map(({ name, line }) => [name, line]));
  const { againstBase } = contract;
  const ruleOf = (
    column: string,
    values: 'drift' | 'null_drift',
  ): Omit<Measured, 'status' | 'expected' | 'found'> | null => {
    const { verdict, line } = driftRuleOf(againstBase, column);
    if (verdict === 'off') return null;
    const contractLine = line ?? lines.get(column) ?? null;
    return { ...RULE, rule: values, columns: [column], severity: verdict, contractLine };
  };
  const compared = results.flatMap((result): Measured[] => {
    const rule = ruleOf(result.column, result.of === 'nulls' ? 'null_drift' : 'drift');
    return rule === null ? [] : [{ ...rule, ...words(result) }];
  });
  const open = notCompared.flatMap((one): Measured[] => {
    if (one.what !== 'drift' || one.column === null || !isAsked(one, againstBase)) return [];
    const rule = ruleOf(one.column, 'drift');
    return rule === null ? [] : [{ ...rule, status: 'not_checked', expected: 'no drift', found: cut(one.reason) }];
  });
  return [...compared, ...open];
}

function isAsked({ column, code }: NotCompared, { drift, driftOf }: AgainstBase): boolean {
  if (code === 'turned_off') return false;
  if (column !== null && driftOf.has(column)) return true;
  return drift.line !== null && !BY_NATURE.includes(code);
}

const RULE = { count: null, of: 0, tolerance: null, label: '', search: null } as const;

function words({
  test,
  of,
  statistic,
  cutoff,
  pValue,
  drifted,
  sizes,
}: DriftResult): Pick<Measured, 'status' | 'expected' | 'found'> {
  const p = pValue === null ? '' : `, p ${pValue < 1e-12 ? '< 1e-12' : `= ${short(pValue)}`}`;
  const counts = `${sizes.head.toLocaleString('en-US')} against ${sizes.base.toLocaleString('en-US')} ${of === 'nulls' ? 'rows' : 'values'}`;
  return {
    status: drifted ? 'failed' : 'passed',
    expected: cut(`${NAMES[test]} < ${short(cutoff)}`),
    found: cut(`${short(statistic)}${p}, ${counts}`),
  };
}

/** Four digits are what anybody reads. */
function short(value: number): string {
  return Number(value.toPrecision(4)).toString();
}
