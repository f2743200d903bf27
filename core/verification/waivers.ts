import { parseDocument } from 'yaml';
import { z } from 'zod';
import { canonicalJson } from '../canonical.ts';
import { MAX_FINDINGS, type ScanFinding, type ScannedFile, type ScanReport } from './report.ts';
import { RULES } from './rules.ts';
import { type WaivedFinding, Waiver } from './waiver.ts';

export const ScanPolicy = z.strictObject({
  version: z.literal(1),
  waivers: z
    .array(Waiver.refine(({ rule }) => RULES.has(rule), { path: ['rule'], error: 'no rule of the scanner' }))
    .max(1000),
});
export type ScanPolicy = z.infer<typeof ScanPolicy>;

export type ParsedScanPolicy =
  | { readonly ok: true; readonly policy: ScanPolicy }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Bytes of a policy file. */
export const MAX_SCAN_POLICY = 1 << 20;

/** Reads a policy file of at most `MAX_SCAN_POLICY`. */
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

/** Rules about what is no file's bytes: a digest says nothing of a link, and many files have none in common. */
export const UNWAIVABLE: ReadonlySet<string> = new Set(['no-file', 'too-many-files']);

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
  const digests = digestsByPath(report.files);
  for (const finding of report.findings) {
    const digest = digests.get(finding.file);
    const waiver = waivers.find(
      ({ rule, sha256, expires }) =>
        rule === finding.rule && !UNWAIVABLE.has(rule) && sha256 === digest && expires >= today,
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

/**
 * The digest of the file that a path stands for. A path can stand for two, since names on disk may look like those
 * inside of containers: it then stands for none, or a file could hide behind the waiver of another.
 */
function digestsByPath(files: readonly ScannedFile[]): ReadonlyMap<string, string | null> {
  const digests = new Map<string, string | null>();
  for (const { path, sha256 } of files) {
    const known = digests.get(path);
    digests.set(path, known === undefined || known === sha256 ? sha256 : null);
  }
  return digests;
}

/**
 * Holds what a scan says was waived to policy, as if a stranger had said it.
 *
 * @param waivers those of policy; `day` is one on which each must still hold, as `YYYY-MM-DD`
 * @returns what is wrong, in words; null when all of it holds
 */
export function waivedProblem(
  report: Pick<ScanReport, 'files'>,
  waived: readonly WaivedFinding[],
  { waivers, day }: { readonly waivers: readonly Waiver[]; readonly day: string },
): string | null {
  const digests = digestsByPath(report.files);
  const known = new Set(waivers.map(canonicalJson));
  for (const { finding, waiver } of waived) {
    const named = `the waiver of ${waiver.rule} for ${waiver.sha256}`;
    if (!known.has(canonicalJson(waiver))) return `${named} is not in the policy`;
    if (waiver.expires < day) return `${named} has expired on ${waiver.expires}`;
    if (finding.rule !== waiver.rule || digests.get(finding.file) !== waiver.sha256)
      return `${named} is not of the finding ${finding.rule} that it waives`;
  }
  return null;
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
