import { withoutValues } from '../../core/data/checks/engine-words.ts';
import { cut } from '../../core/data/checks/measured.ts';
import type { FoundColumn } from '../../core/data/diff/schema-changes.ts';
import { driftWish } from '../../core/data/drift/drift-wish.ts';
import { compareProfiles } from '../../core/data/profile/compare-profiles.ts';
import type { DataProfile, ProfileColumn } from '../../core/data/profile/profile.ts';
import { valuesOf } from '../../core/data/profile/profile-text.ts';
import { type ComparedBase, judgeAgainst, type MeasuredHead, nothingCompared } from './base.ts';
import { personalColumns } from './masking.ts';
import { type DataEngine, DataEngineError } from './ports.ts';
import { profileTable } from './profile-table.ts';

/** A profile that was made of the base's data earlier, so that the data need not be fetched. */
export interface StoredProfile {
  /** As reports name it. */
  readonly name: string;
  readonly profile: DataProfile;
}

export interface ProfiledBaseOptions extends MeasuredHead {
  readonly stored: StoredProfile;
  /** What the head's dataset may be called: a profile under another name is one of other data. */
  readonly names: readonly string[];
  readonly engine: DataEngine;
}

/** Compares columns and distributions with a stored profile. Rows can't be: a profile has none. */
export async function compareWithProfile(options: ProfiledBaseOptions): Promise<ComparedBase> {
  const { stored, contract, measures, loaded, engine, names } = options;
  const base = stored.profile;
  if (!names.includes(base.dataset)) {
    const [here = ''] = names;
    const of = `it is a profile of the dataset ${JSON.stringify(base.dataset)}, and this is ${JSON.stringify(here)}`;
    const how = 'give the profile of this one, or make it under this name: trainyard data profile FILE --dataset NAME';
    return nothingCompared(stored.name, 'other_dataset', `${of}: ${how}`, options);
  }
  try {
    const head = await profileTable(
      { table: loaded.table, measures },
      { dataset: base.dataset, contract, cap: base.cap },
      engine,
    );
    const samples = compareProfiles(head, base, driftWish(contract));
    const withheld = base.columns.filter(({ kind }) => kind === 'withheld').map(({ name }) => name);
    const personal = new Set([...personalColumns(contract, measures.profiles), ...withheld]);
    const judged = judgeAgainst(options, base.columns.map(foundColumn), samples, personal);
    const reason = 'the base is a profile, which holds no rows: give its data to have rows compared';
    return {
      comparison: {
        ...{ source: cut(stored.name, 2048), kind: 'profile', rows: base.rows, diff: null },
        ...{ schema: [...judged.schema], drift: [...judged.drift] },
        notCompared: [{ what: 'rows', column: null, code: 'profile_only', reason }, ...judged.notCompared],
      },
      rules: judged.rules,
      approximate: samples.approximate,
      personal,
    };
  } catch (error) {
    if (!(error instanceof DataEngineError)) throw error;
    return nothingCompared(stored.name, 'engine_failed', withoutValues(error.message), options);
  }
}

function foundColumn(column: ProfileColumn): FoundColumn {
  const { name, type, nulls } = column;
  return { name, type, nulls, values: valuesOf(column), typed: false, physicalType: null };
}
