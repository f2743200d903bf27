import { readCsv } from '../../data/csv.ts';
import { isCode, isNotebook, isSiteFile } from '../code/languages.ts';
import { program, SCRIPT } from '../code/program.ts';
import { scanEncoded } from '../encoded-text.ts';
import { type Format, type FormatVerdict, readExactly, ScanError, type Source } from '../format.ts';

/** Strings of pieces this small are gone soon; larger ones pile up. */
const CHUNK = 1 << 16;
/** JSON and CSV are parsed to be named, and plots for what they load; above this in bytes, text is only text, and a plot too large. */
const MAX_PARSED = 8 * 2 ** 20;
/** Lists and objects of JSON, each of which takes some 50 bytes: a file of nothing but brackets would take fifty times its size. */
const MAX_NESTED = 500_000;
/** The key by which a plot names its schema, also written in escapes. */
const SCHEMA_KEY = new RegExp(
  `"${[...'$schema'].map((one) => `(?:[${one}]|\\\\u00${one.charCodeAt(0).toString(16)})`).join('')}"`,
  'i',
);
const CODE_CELL = /"cell_type"\s*:\s*"code"/;
const OVERLAP = 64;
/** Bytes of a larger text by which a program is told. */
const BEGIN = 1 << 20;

/**
 * Text that is data: UTF-8 without control characters. That excludes protobuf, whose fields begin with bytes below 0x20,
 * so that no model passes as text. Markup and source code are recognised and not vouched for, since a browser or an
 * interpreter would run them.
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
    if (/^\uFEFF?\s*</.test(start)) return markup();
    if (isSiteFile(file.path)) return program();
    scanEncoded(file, context);
    if (file.size > MAX_PARSED) return unparsed(file, /^\uFEFF?\s*\{/.test(start));
    const bytes = readExactly(file, 0, file.size);
    if (nestedIn(bytes) > MAX_NESTED) return unparsed(file, /^\uFEFF?\s*\{/.test(start));
    const source = Buffer.from(bytes).toString('utf8');
    const json = asJson(source);
    if (json !== null) return json;
    return isCode(source) ? program() : { format: isCsv(bytes) ? 'csv' : 'text', verdict: 'clean', notes: [] };
  },
};

/** @throws ScanError where it may be a plot */
function unparsed(file: Source, isObject: boolean): FormatVerdict {
  if (isObject && mayBeParsed(file))
    throw new ScanError(
      'too_large',
      `it may be a plot or a notebook, and is over ${MAX_PARSED} bytes or ${MAX_NESTED} lists`,
      0,
    );
  const begin = Buffer.from(readExactly(file, 0, Math.min(file.size, BEGIN))).toString('utf8');
  // What is cut goes on within a line.
  if (isCode(begin.slice(0, begin.lastIndexOf('\n') + 1))) return program();
  return { format: 'text', verdict: 'clean', notes: [] };
}

function mayBeParsed(file: Source): boolean {
  for (let at = 0; at < file.size; at += CHUNK - OVERLAP) {
    const piece = readExactly(file, at, Math.min(CHUNK, file.size - at));
    const text = Buffer.from(piece).toString('latin1');
    if (SCHEMA_KEY.test(text) || CODE_CELL.test(text)) return true;
  }
  return false;
}

function nestedIn(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) if (byte === 0x5b || byte === 0x7b) count += 1;
  return count;
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

/** C0 controls other than tab, line feed and carriage return, and DEL. */
function hasControl(bytes: Uint8Array): boolean {
  for (const byte of bytes) {
    if (byte < 0x20 ? byte !== 9 && byte !== 10 && byte !== 13 : byte === 0x7f) return true;
  }
  return false;
}

function markup(): FormatVerdict {
  const message = 'HTML, SVG or XML: such files can carry scripts and are not scanned';
  const fix = 'Leave plots as PNG or as Vega-Lite JSON, or drop the file.';
  return { format: 'markup', verdict: 'unscanned', notes: [{ rule: 'markup', severity: 'medium', message, fix }] };
}

function asJson(source: string): FormatVerdict | null {
  if (!/^\s*[[{]/.test(source)) return null;
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch {
    return null;
  }
  if (isNotebook(value)) return program('notebook');
  if (!isVega(value)) return { format: 'json', verdict: 'clean', notes: [] };
  const url = findUrl(value);
  if (url === null) return { format: 'vega', verdict: 'clean', notes: [] };
  const message = `the plot loads from ${JSON.stringify(url.slice(0, 200))}: whoever renders it would be sent there`;
  const fix = 'Put the data into the specification ("data": {"values": […]}).';
  return { format: 'vega', verdict: 'finding', notes: [{ rule: 'vega-url', severity: 'medium', message, fix }] };
}

function isVega(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('$schema' in value)) return false;
  return typeof value.$schema === 'string' && /vega/i.test(value.$schema);
}

/** The first value of a `url` or `href` key, at any depth; the walk keeps its own stack, for JSON can nest deeper than calls. */
function findUrl(root: unknown): string | null {
  const open: unknown[] = [root];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, item] of Object.entries(value)) {
      if ((key === 'url' || key === 'href') && typeof item === 'string') return item;
      open.push(item);
    }
  }
  return null;
}

function isCsv(bytes: Uint8Array): boolean {
  let columns = 0;
  let records = 0;
  for (const item of readCsv([bytes])) {
    if (item.kind === 'problem') return false;
    if (records === 0) columns = item.values.length;
    records += 1;
  }
  return columns > 1 && records > 1;
}
