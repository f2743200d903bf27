import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { extractTar } from '../../adapters/archives/extract.ts';
import type { ConvertOptions } from '../../adapters/data-sources/convert.ts';
import { localFiles } from '../../adapters/duckdb/files.ts';
import type { DataContract } from '../../core/data/contract-model.ts';
import { parseProfile } from '../../core/data/profile/profile-text.ts';
import type { DataReport } from '../../core/data/report/data-report.ts';
import type { ValidationOrder } from '../../core/data/result.ts';
import { baseForm } from '../../core/data/validation/base-form.ts';
import { mergeReports } from '../../core/data/validation/merge-reports.ts';
import { TarError } from '../../core/packaging/tar.ts';
import type { StoredProfile } from '../../flows/check-data/base-profile.ts';
import { type CheckDataRequest, checkData } from '../../flows/check-data/check-data.ts';
import { DataEngineError, type DataEngines, type DataFiles, type EngineLimits } from '../../flows/check-data/ports.ts';
import {
  BASE_DATA_FILE,
  BASE_PROFILE_FILE,
  DATA_FILE,
  isThere,
  MAX_ARCHIVE,
  OTHERS_FILE,
  type Sources,
} from '../fetch-data/sources.ts';
import { type Elsewhere, withElsewhere } from '../runtime/elsewhere.ts';
import { ActionError } from '../runtime/error.ts';

export interface CheckPorts {
  readonly engines: DataEngines;
  readonly conversion: ConvertOptions;
  readonly limits: EngineLimits;
  readonly now: Date;
}

export interface Forms {
  readonly order: ValidationOrder;
  readonly sources: Sources;
  /** Holds the archives. */
  readonly directory: string;
  readonly head: DataContract;
  readonly base: DataContract | null;
}

/** Named so that no path of a repository is taken for it. */
const BASE = 'data of the base:';
const otherReference = (name: string): string => `dataset ${name}:`;

/**
 * Data against the head's contract and compared with the base's data; and, where the base's contract is another one,
 * against that, too (invariant 1).
 */
export async function checkForms(forms: Forms, ports: CheckPorts): Promise<DataReport> {
  const { order, sources, head, base } = forms;
  const stored = await readProfile(forms);
  const lost = sources.baseData?.kind === 'unusable' ? sources.baseData.message : stored.ok ? null : stored.why;
  const files = await openFiles(forms, ports, lost);
  const request: CheckDataRequest = {
    dataset: order.dataset,
    data: order.path,
    contract: head,
    contractFile: order.contract,
    base: isThere(sources.baseData) || lost !== null ? BASE : null,
    baseProfile: stored.ok ? stored.profile : null,
    limits: ports.limits,
    others: sources.others.flatMap(({ name, source }) =>
      isThere(source) ? [{ name, data: otherReference(name) }] : [],
    ),
    models: order.readBy.length === 0 ? null : order.readBy,
    now: ports.now,
    today: ports.now.toISOString().slice(0, 10),
  };
  try {
    const report = withPins(await checkData(request, { engines: ports.engines, files }), sources);
    if (base === null || sameContract(sources)) return report;
    const old = { ...request, contract: baseForm(base), contractFile: order.baseContract ?? '' };
    return mergeReports(report, await checkData(old, { engines: ports.engines, files }));
  } finally {
    await files.close();
  }
}

/** What fixed the content of what was fetched. */
function withPins(report: DataReport, { data }: Sources): DataReport {
  return isThere(data) && data.pins.length > 0 ? { ...report, pins: data.pins } : report;
}

function sameContract({ headContract, baseContract }: Sources): boolean {
  return headContract.kind === 'blob' && baseContract?.kind === 'blob' && headContract.id === baseContract.id;
}

async function openFiles(
  { order, sources, directory }: Forms,
  ports: CheckPorts,
  lost: string | null,
): Promise<DataFiles & { close(): Promise<void> }> {
  const conversion = { ...ports.conversion, limits: ports.limits };
  const open = async (archive: string): Promise<string> => {
    const place = join(directory, `${archive}.files`);
    await mkdir(place);
    await unpack(join(directory, archive), place);
    return place;
  };
  const filesIn = (place: string): ReturnType<typeof localFiles> => localFiles({ directory: place, conversion });
  const elsewhere: Elsewhere[] = lost === null ? [] : [{ reference: BASE, ...unreadable(lost) }];
  if (isThere(sources.baseData) && order.basePath !== null)
    elsewhere.push({
      reference: BASE,
      files: filesIn(await open(BASE_DATA_FILE)),
      path: order.basePath,
    });
  const others = sources.others.filter(({ source }) => isThere(source));
  const place = others.length === 0 ? '' : await open(OTHERS_FILE);
  for (const { name, path } of others)
    elsewhere.push({ reference: otherReference(name), files: filesIn(join(place, name)), path });
  return withElsewhere(filesIn(await open(DATA_FILE)), elsewhere);
}

/** Named and not readable: then nothing is said to have been compared. */
function unreadable(message: string): Pick<Elsewhere, 'files' | 'path'> {
  const refuse = (): never => {
    throw new DataEngineError('unreadable', message);
  };
  return { files: { ...localFiles({ directory: '' }), list: async () => refuse() }, path: '' };
}

type Stored =
  | { readonly ok: true; readonly profile: StoredProfile | null }
  | { readonly ok: false; readonly why: string };

/** What stands for the base's data where that would have to be fetched. */
async function readProfile({ order, sources, directory }: Forms): Promise<Stored> {
  if (sources.baseData?.kind !== 'profile') return { ok: true, profile: null };
  const name = order.baseProfile ?? '';
  try {
    const text = await readFile(join(directory, BASE_PROFILE_FILE), 'utf8');
    return { ok: true, profile: { name, profile: parseProfile(text) } };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    return { ok: false, why: `the profile ${name} of the base can’t be used: ${why.slice(0, 500)}` };
  }
}

async function unpack(archive: string, place: string): Promise<void> {
  try {
    await extractTar(archive, place, { maxBytes: MAX_ARCHIVE });
  } catch (error) {
    if (error instanceof TarError) throw new ActionError('artifact_invalid', error.message, { cause: error });
    throw error;
  }
}
