import { personalKind } from '../../core/data/checks-on-profile/personal.ts';
import type { ContractColumn, DataContract } from '../../core/data/contract-model.ts';
import type { ColumnProfile } from '../../core/data/report/profile.ts';

/** How a value of personal data is shown: that there is one, and nothing of it. */
const MASK = '•••';

/**
 * The names of columns whose values no report may show. Where one that the contract marks is not there, any that it does
 * not know may be that one under another name.
 * @param profiles of one table
 */
export function personalColumns(
  contract: DataContract | null,
  profiles: readonly ColumnProfile[],
): ReadonlySet<string> {
  const columns = contract?.columns ?? [];
  const stated = columns.filter((column) => holdsPersonal(column)).map(({ name }) => name);
  const found = new Set(profiles.map(({ name }) => name));
  const declared = new Set(columns.map(({ name }) => name));
  const renamed = stated.some((name) => !found.has(name)) ? [...found].filter((name) => !declared.has(name)) : [];
  const told = profiles.filter(({ pii }) => pii !== null).map(({ name }) => name);
  return new Set([...stated, ...renamed, ...told]);
}

/** Whether the contract marks the column or a value inside of it, or names such a value so. */
function holdsPersonal({ name, personal, options, shape }: ContractColumn, inner = false): boolean {
  const looks = inner && (options.textFormat?.name === 'email' || personalKind(name, []) !== null);
  if (personal || looks) return true;
  if (shape?.kind === 'object') return shape.fields.some((field) => holdsPersonal(field, true));
  return shape?.kind === 'array' && shape.items !== null && holdsPersonal(shape.items, true);
}

export function mask(value: string | null): string | null {
  return value === null ? null : MASK;
}

/** Profiles as reports may show them. */
export function maskProfiles(profiles: readonly ColumnProfile[], personal: ReadonlySet<string>): ColumnProfile[] {
  return profiles.map((profile) => {
    if (!personal.has(profile.name)) return profile;
    const top = profile.top.length === 0 ? [] : [{ value: MASK, count: profile.top[0]?.count ?? 0 }];
    const hidden = { min: mask(profile.min), max: mask(profile.max), quantiles: [], histogram: null };
    // Of one row, or of equal ones, the mean is the value.
    return { ...profile, ...hidden, mean: null, sd: null, top };
  });
}
