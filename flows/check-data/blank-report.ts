import type { DataReport, ReportFinding } from '../../core/data/report/data-report.ts';
import type { Dataset } from './load.ts';
import type { DataFile, DataFiles } from './ports.ts';

export function textFinding(file: string, line: number | null, message: string): ReportFinding {
  return { rule: 'text', severity: 'fail', file, line, column: null, message: message.slice(0, 1000) };
}

interface Reported {
  readonly dataset: string;
  /** As reports name it. */
  readonly contractFile: string;
}

/** The report of a dataset of which nothing is known but its files. */
export async function blank(request: Reported, dataset: Dataset | null, files: DataFiles): Promise<DataReport> {
  const listed = dataset?.origins ?? [];
  const described = [];
  for (const file of listed) described.push({ path: file.name, bytes: file.bytes, sha256: await files.sha256(file) });
  return {
    ...unread(request),
    files: described,
    ...leftOutOf(dataset?.leftOut ?? []),
    ...pinsOf(listed),
    format: dataset?.format ?? 'unknown',
    bytes: dataset === null ? null : listed.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** The report of a dataset that nobody looked at. */
export function unread({ dataset, contractFile }: Reported): DataReport {
  return {
    version: 1,
    dataset,
    files: [],
    contract: contractFile,
    format: 'unknown',
    status: 'not_checked',
    reason: null,
    rows: null,
    bytes: null,
    approximate: [],
    rules: [],
    findings: [],
    totalFindings: 0,
    columns: [],
    base: null,
  };
}

function leftOutOf(files: readonly DataFile[]): Pick<DataReport, 'leftOut'> {
  return files.length === 0 ? {} : { leftOut: files.map(({ name, bytes }) => ({ path: name, bytes })) };
}

function pinsOf(files: readonly DataFile[]): Pick<DataReport, 'pins'> {
  const pins = new Map(files.flatMap(({ pin }) => (pin === undefined ? [] : [[`${pin.source}\0${pin.kind}`, pin]])));
  return pins.size === 0 ? {} : { pins: [...pins.values()] };
}
