import type { DataContract } from '../../core/data/contract-model.ts';
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
      const cap = add?.cap ?? capFor(measured.table.columns.length);
      profile = await profileTable(measured, { dataset, contract: asked, cap }, engine);
    },
  );
  if (profile === null) return { ok: false, reason: report.reason ?? 'the data can’t be read' };
  if (add === null) return { ok: true, profile };
  try {
    return { ok: true, profile: mergeProfiles(add, profile) };
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error;
    return { ok: false, reason: error.message };
  }
}
