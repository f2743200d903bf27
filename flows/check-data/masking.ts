import type { DataContract } from '../../core/data/contract-model.ts';
import type { ColumnProfile } from '../../core/data/report/profile.ts';

/** How a value of personal data is shown: that there is one, and nothing of it. */
const MASK = '•••';

/** The names of columns whose values no report may show. */
export function personalColumns(
  contract: DataContract | null,
  profiles: readonly ColumnProfile[],
): ReadonlySet<string> {
  const stated = (contract?.columns ?? []).filter(({ personal }) => personal).map(({ name }) => name);
  return new Set([...stated, ...profiles.filter(({ pii }) => pii !== null).map(({ name }) => name)]);
}

export function mask(value: string | null): string | null {
  return value === null ? null : MASK;
}

/** Profiles as reports may show them. */
export function maskProfiles(profiles: readonly ColumnProfile[], contract: DataContract | null): ColumnProfile[] {
  const personal = personalColumns(contract, profiles);
  return profiles.map((profile) => {
    if (!personal.has(profile.name)) return profile;
    const top = profile.top.length === 0 ? [] : [{ value: MASK, count: profile.top[0]?.count ?? 0 }];
    return { ...profile, min: mask(profile.min), max: mask(profile.max), top, quantiles: [], histogram: null };
  });
}
