import { readCsv } from '../../data/csv.ts';
import { isCode, isSiteFile } from '../code/languages.ts';
import { program, SCRIPT } from '../code/program.ts';
import { scanEncoded } from '../encoded-text.ts';
import { type Format, type FormatVerdict, readExactly, type Source } from '../format.ts';
import { jsonKindOf } from '../json-kind.ts';
import { isFormattedText } from '../markup.ts';

/** Strings of pieces this small are gone soon; larger ones pile up. */
const CHUNK = 1 << 16;
/** CSV is parsed to be named, and source code to be told; above this in bytes, text is only text, or code by its begin. */
const MAX_PARSED = 8 * 2 ** 20;
/** Bytes of a larger text by which a program is told. */
const BEGIN = 1 << 20;

/**
 * Text that is data: UTF-8 without control characters. That excludes protobuf, whose fields begin with bytes below 0x20,
 * so that no model passes as text. Markup that does more than format text, and source code, are recognised and not vouched
 * for, since a browser or an interpreter would run them.
 */
export const text: Format = {
  name: 'text',
  rules: [
    {
      id: 'markup',
      title: 'HTML, SVG or XML',
      why: 'A browser runs the scripts in it.',
    },
    SCRIPT,
    {
      id: 'vega-url',
      title: 'A plot that loads from an address',
      why: 'Whoever renders it is sent to an address that the file names, and tells it who they are.',
    },
  ],
  detect: (head, file) => !hasControl(head) && isText(file),
  scan: (file, context): FormatVerdict => {
    if (file.size === 0) return { format: 'empty', verdict: 'clean', notes: [] };
    const start = Buffer.from(readExactly(file, 0, Math.min(file.size, 1024))).toString('utf8');
    if (/^\uFEFF?\s*<[a-z!?/]/i.test(start) && !isCard(file)) return markup(start);
    if (isSiteFile(file.path)) return program();
    scanEncoded(file, context);
    const json = /^\uFEFF?\s*[[{]/.test(start) ? asJson(file, context.tick) : null;
    if (json !== null) return json;
    if (file.size > MAX_PARSED) return isLargeCode(file) ? program() : { format: 'text', verdict: 'clean', notes: [] };
    const bytes = readExactly(file, 0, file.size);
    const source = Buffer.from(bytes).toString('utf8');
    return isCode(source) ? program() : { format: isCsv(bytes) ? 'csv' : 'text', verdict: 'clean', notes: [] };
  },
};

/** Whether it is Markdown or text that begins with what centres a title, as model cards do. */
function isCard(file: Source): boolean {
  return file.size <= MAX_PARSED && isFormattedText(Buffer.from(readExactly(file, 0, file.size)).toString('utf8'));
}

/** What is too large to be read as a whole is told by its begin. */
function isLargeCode(file: Source): boolean {
  const begin = Buffer.from(readExactly(file, 0, BEGIN)).toString('utf8');
  // What is cut goes on within a line.
  return isCode(begin.slice(0, begin.lastIndexOf('\n') + 1));
}

function isText(file: Source): boolean {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for (let at = 0; at < file.size; at += CHUNK) {
      const bytes = readExactly(file, at, Math.min(CHUNK, file.size - at));
      if (hasControl(bytes)) return false;
      decoder.decode(bytes, { stream: true });
    }
    decoder.decode();
    return true;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}

const CONTROL = Uint8Array.from({ length: 256 }, (_, byte) => (byte < 0x20 && ![9, 10, 12, 13].includes(byte) ? 1 : 0));

/**
 * C0 controls other than tab, line feed, form feed (between the pages of licenses) and carriage return. DEL is a token of
 * vocabularies, which JSON need not escape.
 */
function hasControl(bytes: Uint8Array): boolean {
  let found = 0;
  for (let at = 0; at < bytes.length; at += 1) found |= CONTROL[bytes[at] ?? 0] ?? 0;
  return found !== 0;
}

/** Models that are written as XML, by their first element. */
const MODELS = /<(net|PMML)\s[^<>]*\b(?:version|xmlns)=/;

function markup(start: string): FormatVerdict {
  const root = MODELS.exec(start)?.[1];
  if (root !== undefined) {
    const format = root === 'net' ? 'OpenVINO model' : 'PMML model';
    const message = `${format}: this format is recognised but not scanned`;
    const fix = 'Export the model as ONNX, or drop the file.';
    return { format, verdict: 'unscanned', notes: [{ rule: 'unscanned-format', severity: 'medium', message, fix }] };
  }
  const message = 'HTML, SVG or XML: such files can carry scripts and are not scanned';
  const fix = 'Leave plots as PNG or as Vega-Lite JSON, or drop the file.';
  return { format: 'markup', verdict: 'unscanned', notes: [{ rule: 'markup', severity: 'medium', message, fix }] };
}

function asJson(file: Source, tick: () => void): FormatVerdict | null {
  const found = jsonKindOf(file, tick);
  if (found === null) return null;
  if (found.kind === 'notebook') return program('notebook');
  if (found.kind === 'data') return { format: 'json', verdict: 'clean', notes: [] };
  if (found.url === null) return { format: 'vega', verdict: 'clean', notes: [] };
  const message = `the plot loads from ${JSON.stringify(found.url.slice(0, 200))}: whoever renders it would be sent there`;
  const fix = 'Put the data into the specification ("data": {"values": […]}).';
  return { format: 'vega', verdict: 'finding', notes: [{ rule: 'vega-url', severity: 'medium', message, fix }] };
}

function isCsv(bytes: Uint8Array): boolean {
  let columns = 0;
  let records = 0;
  for (const item of readCsv([bytes])) {
    if (item.kind === 'problem') return false;
    if (records === 0) columns = item.values.length;
    if (columns < 2) return false;
    records += 1;
  }
  return records > 1;
}
