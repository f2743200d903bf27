import { plainLine } from '../../reports/characters.ts';
import { uriOf } from '../../reports/data/sarif.ts';
import type { ScanFinding } from '../report.ts';
import { RULES, rulePage } from '../rules.ts';
import type { Waiver } from '../waiver.ts';
import type { JudgedScan } from '../waivers.ts';

const LEVELS = { low: 'note', medium: 'warning', high: 'error', critical: 'error' } as const;
/** GitHub's thresholds of code scanning. */
const SCORES = { low: '3.0', medium: '5.0', high: '8.0', critical: '9.5' } as const;

/** The scan as SARIF 2.1.0 for code scanning; what is waived is suppressed, with owner and reason. @returns JSON text */
export function scanToSarif({ status, report, waived }: JudgedScan, tool: { readonly version: string }): string {
  const all = [
    ...report.findings.map((finding) => ({ finding, waiver: null })),
    ...waived.map(({ finding, waiver }) => ({ finding, waiver })),
  ];
  const ids = [...new Set(all.map(({ finding }) => finding.rule))].sort();
  const rules = ids.map((id) => ({
    id,
    name: id,
    shortDescription: { text: RULES.get(id)?.title ?? id },
    fullDescription: { text: RULES.get(id)?.why ?? id },
    ...(rulePage(id) === null ? {} : { helpUri: rulePage(id), help: helpOf(id) }),
    properties: {
      'security-severity': SCORES[all.find(({ finding }) => finding.rule === id)?.finding.severity ?? 'high'],
    },
  }));
  const run = {
    tool: { driver: { name: 'Trainyard scan', semanticVersion: tool.version, rules } },
    automationDetails: { id: 'trainyard-scan/' },
    columnKind: 'utf16CodeUnits',
    invocations: [{ executionSuccessful: status !== 'not_scanned' }],
    results: all.map(({ finding, waiver }) => result(finding, waiver, ids)),
  };
  const $schema = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';
  return `${JSON.stringify({ $schema, version: '2.1.0', runs: [run] }, null, 2)}\n`;
}

/** Code scanning shows the Markdown; other tools the text. */
function helpOf(id: string) {
  const page = rulePage(id) ?? '';
  const text = `Examples, known weaknesses and how to waive it: ${page}`;
  return { text, markdown: `[Examples, known weaknesses and how to waive it](${page})` };
}

function result(finding: ScanFinding, waiver: Waiver | null, ids: readonly string[]) {
  const [outer = '', ...inner] = finding.file.split('!/');
  const within = inner.length === 0 ? '' : `${inner.join('!/')}: `;
  const evidence = finding.evidence === undefined ? '' : `: ${finding.evidence}`;
  const region =
    finding.offset === undefined || inner.length > 0 ? { startLine: 1 } : { byteOffset: finding.offset, byteLength: 1 };
  return {
    ruleId: finding.rule,
    ruleIndex: ids.indexOf(finding.rule),
    level: LEVELS[finding.severity],
    message: { text: inert(`${within}${finding.message}${evidence}. ${finding.fix}`) },
    locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(outer) || '.' }, region } }],
    ...(waiver === null
      ? {}
      : {
          suppressions: [
            {
              kind: 'external',
              status: 'accepted',
              justification: inert(`${waiver.owner}: ${waiver.reason} (until ${waiver.expires})`),
            },
          ],
        }),
  };
}

/** One clean line in which nothing is a link or placeholder of SARIF (sections 3.11.5 and 3.11.6). */
function inert(text: string): string {
  return plainLine(text, 1000).replace(/\](?=\()|\{(?=\d)/g, '$&\u2060') || '(empty)';
}
