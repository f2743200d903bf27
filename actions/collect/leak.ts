import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { localFiles } from '../../adapters/duckdb/files.ts';
import { contentOf, formatOf, HEAD_BYTES } from '../../core/data/checks/data-format.ts';
import { NOTHING_IN_COMMON } from '../../core/data/checks-on-profile/overlap.ts';
import { overlap } from '../../core/data/holdout.ts';
import { detectDelimiter } from '../../core/data/text/delimiter.ts';
import { checkData } from '../../flows/check-data/check-data.ts';
import { NOTHING } from '../../flows/check-data/draft-contract.ts';
import { type ActionEngine, limitsOf } from '../runtime/data-engine.ts';

/** Rows of a holdout that training has seen, and where one of them is, in words; or why they could not be looked for. */
export type Leak =
  | { readonly ok: true; readonly rows: number; readonly where: string }
  | { readonly ok: false; readonly message: string };

export interface LeakPorts {
  /** DuckDB, for data that is no plain CSV. */
  readonly engine: () => Promise<ActionEngine>;
  /** A folder of its own at each call. */
  readonly directory: () => Promise<string>;
}

interface Training {
  /** In the commit. Hostile, as its bytes are. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

const SECONDS = 900;
const SAMPLE = 65_536;

/** Looks for exact rows of a holdout, which is CSV, in training data of any format that data validation reads. */
export async function findLeak(holdoutCsv: Uint8Array, training: Training, ports: LeakPorts): Promise<Leak> {
  if (!isPlainCsv(training)) return leakByEngine(holdoutCsv, training, ports);
  const found = overlap(holdoutCsv, training.bytes);
  if (!found.ok) return found;
  const [example] = found.examples;
  const where = example === undefined ? '' : `line ${example.trainingLine} of ${training.path}`;
  return { ok: true, rows: found.rows, where };
}

/** Read as CSV with commas, other data would have no column in common with any holdout, and pass. */
function isPlainCsv({ path, bytes }: Training): boolean {
  const head = bytes.subarray(0, HEAD_BYTES);
  const { format, compression } = formatOf(path, head, {});
  if (compression !== 'none' || (format !== 'csv' && format !== 'unknown') || contentOf(head) !== null) return false;
  const guess = detectDelimiter(new TextDecoder('utf-8').decode(bytes.subarray(0, SAMPLE)));
  return guess.kind === 'delimiter' && guess.delimiter === ',';
}

async function leakByEngine(holdoutCsv: Uint8Array, { path, bytes }: Training, ports: LeakPorts): Promise<Leak> {
  const directory = await ports.directory();
  // What a path says beyond the format, such as `key=value` folders, is left behind.
  const name = `training${/(?:\.[A-Za-z0-9]{1,10}){0,2}$/.exec(basename(path))?.[0] ?? ''}`;
  await mkdir(join(directory, 'files'));
  await writeFile(join(directory, 'files', 'holdout.csv'), holdoutCsv);
  await writeFile(join(directory, 'files', name), bytes);
  const { engines, conversion } = await ports.engine();
  const limits = limitsOf(SECONDS);
  const files = localFiles({
    directory: join(directory, 'files'),
    scratch: directory,
    conversion: { ...conversion, limits },
  });
  const request = { dataset: 'holdout', data: 'holdout.csv', contract: NOTHING, contractFile: '', base: null };
  const apartFrom = [{ name: path, data: name }];
  try {
    // Freshness and waivers would need a clock; there are none of either.
    const report = await checkData({ ...request, apartFrom, limits, today: '2000-01-01' }, { engines, files });
    const rule = report.rules.find((one) => one.rule === 'train_test_overlap');
    if (rule === undefined) return { ok: false, message: report.reason ?? 'the holdout could not be read' };
    if (rule.status === 'not_checked' && rule.found !== NOTHING_IN_COMMON) return { ok: false, message: rule.found };
    const line = rule.examples[0]?.line ?? null;
    return { ok: true, rows: rule.count ?? 0, where: line === null ? '' : `line ${line} of the holdout` };
  } finally {
    await files.close();
  }
}
