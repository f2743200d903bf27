import { parseDocument } from 'yaml';
import { z } from 'zod';
import { Sha256 } from '../names.ts';
import { MAX_FINDINGS, type ScanFinding, type ScannedFile, type ScanReport } from './report.ts';
import { RULES } from './rules.ts';

/** One finding in one file that somebody has looked at and answers for, until a day. */
const Waiver = z.strictObject({
  rule: z
    .string()
    .max(64)
    .refine((rule) => RULES.has(rule), 'no rule of the scanner'),
  /** Of the file on disk: any other bytes need another look. */
  sha256: Sha256,
  owner: z.string().min(1).max(200),
  reason: z.string().min(1).max(1000),
  /** The last day on which it holds. */
  expires: z.iso.date(),
});
export type Waiver = z.infer<typeof Waiver>;

export const ScanPolicy = z.strictObject({ version: z.literal(1), waivers: z.array(Waiver).max(1000) });
export type ScanPolicy = z.infer<typeof ScanPolicy>;

export type ParsedScanPolicy =
  | { readonly ok: true; readonly policy: ScanPolicy }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Reads a policy file of at most 1 MiB. */
export function parseScanPolicy(source: string): ParsedScanPolicy {
  const document = parseDocument(source);
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem !== undefined) return { ok: false, problems: [problem.message] };
  const parsed = ScanPolicy.safeParse(document.toJS({ maxAliasCount: 0 }));
  if (parsed.success) return { ok: true, policy: parsed.data };
  return {
    ok: false,
    problems: parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the file'}: ${message}`),
  };
}

export interface WaivedFinding {
  readonly finding: ScanFinding;
  readonly waiver: Waiver;
}

export interface JudgedScan {
  readonly status: 'clean' | 'findings' | 'not_scanned';
  readonly report: ScanReport;
  readonly waived: readonly WaivedFinding[];
  /** Waivers that did nothing, and why. */
  readonly idle: readonly { readonly waiver: Waiver; readonly why: 'expired' | 'nothing found' }[];
}

/** Takes what is waived out of a report. @param today as `YYYY-MM-DD` */
export function judgeScan(report: ScanReport, waivers: readonly Waiver[], today: string): JudgedScan {
  const used = new Set<Waiver>();
  const waived: WaivedFinding[] = [];
  const open: ScanFinding[] = [];
  const digests = new Map(report.files.map((file) => [file.path, file.sha256]));
  for (const finding of report.findings) {
    const digest = digests.get(finding.file);
    const waiver = waivers.find(
      ({ rule, sha256, expires }) => rule === finding.rule && sha256 === digest && expires >= today,
    );
    if (waiver === undefined) open.push(finding);
    else {
      used.add(waiver);
      waived.push({ finding, waiver });
    }
  }
  // Where findings were cut, nobody can say that all were waived.
  const whole = report.findings.length < MAX_FINDINGS;
  const files = whole && waived.length > 0 ? judged(report.files, open, waived) : report.files;
  const verdict = worst(files, report.verdict);
  return {
    status: verdict === 'finding' ? 'findings' : verdict === 'unscanned' ? 'not_scanned' : 'clean',
    report: { verdict, files, findings: open },
    waived,
    idle: waivers
      .filter((waiver) => !used.has(waiver))
      .map((waiver) => ({ waiver, why: waiver.expires < today ? 'expired' : 'nothing found' })),
  };
}

/** Findings of one file that a report holds at most; with as many, some may be missing. */
const CUT_AT = 50;

function judged(files: readonly ScannedFile[], open: readonly ScanFinding[], waived: readonly WaivedFinding[]) {
  const about = new Set(waived.map(({ finding }) => finding.file));
  const left = new Set(open.map(({ file }) => file));
  const counts = new Map<string, number>();
  for (const { finding } of waived) counts.set(finding.file, (counts.get(finding.file) ?? 0) + 1);
  const inside = (file: ScannedFile, path: string): boolean => path === file.path || path.startsWith(`${file.path}!/`);
  return files.map((file): ScannedFile => {
    if (file.verdict === 'clean') return file;
    const cut = [...counts].some(([path, count]) => count >= CUT_AT && inside(file, path));
    const touched = [...about].some((path) => inside(file, path));
    if (!touched || cut || [...left].some((path) => inside(file, path))) return file;
    const { reason: _, ...rest } = file;
    return { ...rest, verdict: 'clean' };
  });
}

function worst(files: readonly ScannedFile[], otherwise: ScanReport['verdict']): ScanReport['verdict'] {
  if (files.length === 0) return otherwise;
  if (files.some(({ verdict }) => verdict === 'finding')) return 'finding';
  return files.every(({ verdict }) => verdict === 'clean') ? 'clean' : 'unscanned';
}
