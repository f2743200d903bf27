import { isCsv } from '../../core/data/checks/source-sql.ts';
import type { DataContract } from '../../core/data/contract-model.ts';
import { looksLikeRow } from '../../core/data/infer/first-row.ts';
import { capFor, type DataProfile, ProfileError } from '../../core/data/profile/profile.ts';
import { mergeProfiles } from '../../core/data/profile/profile-text.ts';
import { type CheckDataPorts, type CheckDataRequest, checkData } from './check-data.ts';
import { NOTHING } from './draft-contract.ts';
import { profileTable } from './profile-table.ts';

export type ProfileDataRequest = Pick<CheckDataRequest, 'dataset' | 'data' | 'limits' | 'today'> & {
  /** Says what types columns have and which hold personal data; null goes by what the values look like. */
  readonly contract: DataContract | null;
  /** A profile of other rows of the dataset, to which these are added. */
  readonly add: DataProfile | null;
};

const UNREADABLE = 'the data can’t be read';
const NO_HEADER =
  'the first line looks like the other rows, and a profile would show its values as names: name the columns there, or give a contract that says it is a row (trainyardDialect: { header: false }; trainyard data init writes one)';
const OTHER_HEADER =
  'the first line names none of the contract’s columns, and a profile would show what it holds: name the columns there, or state in the contract that it is a row (trainyardDialect: { header: false })';

export type ProfiledData =
  | { readonly ok: true; readonly profile: DataProfile }
  | { readonly ok: false; readonly reason: string };

/** Makes the profile that later checks compare with, in place of the data. Whether the data meets a contract is not asked. */
export async function profileData(request: ProfileDataRequest, ports: CheckDataPorts): Promise<ProfiledData> {
  const { dataset, data, limits, today, add } = request;
  const contract = request.contract ?? NOTHING;
  // Rules cost time and decide nothing here; columns stay for their types and for what is personal.
  const asked = { ...NOTHING, columns: contract.columns, ...(contract.dialect && { dialect: contract.dialect }) };
  let profile: DataProfile | null = null;
  const report = await checkData(
    { dataset, data, limits, today, contract: asked, contractFile: contract.file, base: null },
    ports,
    async (measured, engine) => {
      if (measured.table.unnamed === true) return;
      const cap = add?.cap ?? capFor(measured.table.columns.length);
      profile = await profileTable(measured, { dataset, contract: asked, cap }, engine);
    },
  );
  if (request.contract === null && isCsv(report) && looksLikeRow(report.columns))
    return { ok: false, reason: NO_HEADER };
  if (profile === null)
    return { ok: false, reason: report.rows === null ? (report.reason ?? UNREADABLE) : OTHER_HEADER };
  if (add === null) return { ok: true, profile };
  try {
    return { ok: true, profile: mergeProfiles(add, profile) };
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error;
    return { ok: false, reason: error.message };
  }
}
