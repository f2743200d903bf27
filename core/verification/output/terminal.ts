import type { ScanFinding } from '../report.ts';
import type { JudgedScan } from '../waivers.ts';

const MARKS = { clean: '✓', finding: '✗', unscanned: '?' } as const;
const WORDS = {
  clean: 'everything was scanned and is clean',
  findings: 'there are findings',
  not_scanned: 'not everything could be scanned, which is not clean',
} as const;

/** Lines for people: files that are not clean, findings, and the verdict. Foreign text in them is not yet escaped. */
export function scanToLines({ status, report, waived, idle }: JudgedScan): readonly string[] {
  const lines: string[] = [];
  const findings = Map.groupBy(report.findings, ({ file }) => file);
  for (const file of report.files) {
    const outer = file.container === undefined;
    if (!outer && file.verdict === 'clean') continue;
    const reason = file.reason === undefined ? '' : `, ${file.reason.replaceAll('_', ' ')}`;
    lines.push(`${MARKS[file.verdict]} ${file.path}  ${file.format}${reason}`);
    lines.push(...(findings.get(file.path) ?? []).flatMap(linesOf));
    findings.delete(file.path);
  }
  // Of no file that is listed: there are too many.
  lines.push(...[...findings.values()].flat().flatMap(linesOf));
  for (const { finding, waiver } of waived)
    lines.push(
      `  waived until ${waiver.expires} by ${waiver.owner}: ${finding.rule} in ${finding.file} (${waiver.reason})`,
    );
  for (const { waiver, why } of idle)
    lines.push(`  the waiver of ${waiver.rule} for ${waiver.sha256} does nothing: ${why}`);
  const held = report.files.filter(({ container }) => container !== undefined).length;
  const count = report.files.length - held;
  lines.push(`${count} ${count === 1 ? 'file' : 'files'} and ${held} inside of them: ${WORDS[status]}`);
  return lines;
}

function linesOf({ severity, rule, offset, message, evidence, fix }: ScanFinding): readonly string[] {
  const at = offset === undefined ? '' : ` at byte ${offset}`;
  return [
    `    ${severity}  ${rule}${at}  ${message}${evidence === undefined ? '' : `: ${evidence}`}`,
    `        ${fix}`,
  ];
}
