import { createHash } from 'node:crypto';
import type { DataReport } from '../../data/report/data-report.ts';
import { driftCounts } from './base-words.ts';
import { baseSection } from './html-base.ts';
import { columnsSection } from './html-columns.ts';
import { rulesSection } from './html-rules.ts';
import { type Html, html, when } from './html-text.ts';
import { byteSize, whole } from './numbers.ts';
import { STYLE } from './style.ts';
import { leftOutLine, verdictLine } from './words.ts';

const VERDICTS = { passed: '✓ passed', failed: '✗ failed', not_checked: '? not checked' } as const;

/** Nothing but the one style sheet above: no script, no image, no font, no request, no form, no frame around it. */
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/**
 * The whole report as one HTML file that asks for nothing outside of itself, for people: readable on a phone, in the dark
 * and printed. Every text of the report is escaped.
 */
export function reportToHtml(report: DataReport): string {
  const { dataset, status } = report;
  const page = html`<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${POLICY}"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="referrer" content="no-referrer"><meta name="color-scheme" content="light dark"><title>${dataset}: ${VERDICTS[status]}</title>${{ markup: `<style>${STYLE}</style>` }}</head><body><main><header><h1>${dataset}</h1><p><span class="verdict ${status}">${VERDICTS[status]}</span> ${verdictLine(report)}</p>${notes(report)}${tiles(report)}${navigation(report)}</header>${rulesSection(report)}${baseSection(report)}${columnsSection(report)}${filesSection(report)}</main></body></html>`;
  return `<!doctype html>\n${page.markup}\n`;
}

function notes({ reason, approximate, totalFindings, findings, status }: DataReport): Html {
  const lines = approximate.map((text) => html`<p class="small muted">Approximate: ${text}</p>`);
  const cut = totalFindings - findings.length;
  return html`${when(reason !== null && status !== 'not_checked', () => html`<p class="muted">${reason ?? ''}</p>`)}${lines}${when(cut > 0, () => html`<p class="small muted">${whole(totalFindings)} findings in all, ${whole(findings.length)} of them kept in full.</p>`)}`;
}

function tiles({ rules, rows, columns, bytes, base }: DataReport): Html {
  const number = (status: string, severity?: string): string =>
    whole(rules.filter((rule) => rule.status === status && (severity ?? rule.severity) === rule.severity).length);
  const drifted = base === null ? 0 : driftCounts(base).drifted;
  const shown: readonly (readonly [string, string, string])[] = [
    ['bad', number('failed', 'fail'), 'rules failed'],
    ['warn', number('failed', 'warn'), 'warnings'],
    ['warn', number('not_checked'), 'not checked'],
    ['muted', number('waived'), 'waived'],
    ['good', number('passed'), 'passed'],
    ['', rows === null ? '–' : whole(rows), 'rows'],
    ['', whole(columns.length), 'columns'],
    ['', bytes === null ? '' : byteSize(bytes), 'size'],
    [drifted > 0 ? 'bad' : 'good', base === null || base.drift.length === 0 ? '' : whole(drifted), 'columns drifted'],
  ];
  return html`<div class="tiles">${shown.filter(([, value]) => value !== '').map(([tone, value, name]) => html`<div class="tile"><b class="${value === '0' ? 'muted' : tone}">${value}</b> ${name}</div>`)}</div>`;
}

function navigation({ base, columns }: DataReport): Html {
  return html`<nav aria-label="Sections"><a href="#rules">Rules</a>${when(base !== null, () => html`<a href="#base">Against the base</a>`)}${when(columns.length > 0, () => html`<a href="#columns">Columns</a>`)}<a href="#files">Files</a></nav>`;
}

function filesSection(report: DataReport): Html {
  const { files, format, contract } = report;
  const leftOut = leftOutLine(report);
  const rows = files.slice(0, 200).map(({ path, bytes, sha256 }) => {
    const digest = sha256 === null ? html`` : html`<code>${sha256}</code>`;
    return html`<tr><td><code>${path}</code></td><td class="num">${bytes === null ? '' : byteSize(bytes)}</td><td>${digest}</td></tr>`;
  });
  const more = files.length - rows.length;
  return html`<section id="files"><h2>Files</h2><div class="card"><p>Format: ${format}${when(contract !== null, () => html`, contract: <code>${contract ?? ''}</code>`)}</p><div class="scroll"><table class="wide"><thead><tr><th>File</th><th class="num">Size</th><th>SHA-256</th></tr></thead><tbody>${rows}</tbody></table></div>${when(leftOut !== null, () => html`<p>${leftOut ?? ''}</p>`)}${when(more > 0, () => html`<p>${whole(more)} more files are in the JSON report.</p>`)}</div></section>`;
}
