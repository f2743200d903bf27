import { z } from 'zod';
import type { ContractProblem } from '../contract-model.ts';
import { DATA_FORMATS } from '../report/data-report.ts';

/** Key of ODCS `customProperties` at the schema object. */
export const DIALECT = 'trainyardDialect';

/** How text files can be written that are not UTF-8. UTF-16 is also known by its byte order mark; the others must be stated. */
export const ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252', 'iso-8859-1'] as const;
export type Encoding = (typeof ENCODINGS)[number];

const Delimiter = z
  .string()
  .refine(
    (text) => text.length === 1 && text > '\0' && text < '\x7f' && !/[a-z0-9"\r\n]/i.test(text),
    'expected one character of ASCII, no letter, digit, quote or line end',
  );

const PLAIN = 'expected 1 to 100 characters without quotes, line ends and what may divide fields';

/**
 * How a dataset's files are written, where their names and contents don't say it. What is not stated is found out
 * (delimiter, byte order mark) or the default: `"` for quotes, doubled within, and UTF-8.
 */
export const Dialect = z
  .strictObject({
    format: z
      .enum(DATA_FORMATS)
      .refine((format) => format !== 'unknown')
      .optional(),
    compression: z.enum(['none', 'gzip', 'zstd']).optional(),
    /** Of CSV and TSV. `false`: the first line is a row, and columns are named by the contract, in its order. */
    header: z.boolean().optional(),
    encoding: z
      .string()
      .transform((name) => encodingOf(name) ?? name)
      .pipe(z.enum(ENCODINGS))
      .optional(),
    delimiter: Delimiter.optional(),
    /** Empty: quotes have no meaning. */
    quote: z
      .string()
      .regex(/^[!-/:-@[-`{-~]?$/, 'expected one punctuation mark of ASCII, or nothing')
      .optional(),
    /** As the quote: a quote within quotes is doubled. A backslash: it takes the next character as it is. */
    escape: z
      .string()
      .regex(/^[!-/:-@[-`{-~]$/, 'expected one punctuation mark of ASCII')
      .optional(),
    /** Of CSV and TSV. `true`: spaces around a field, outside of its quotes, are no part of it. */
    trim: z.boolean().optional(),
    /** Of CSV and TSV: texts that stand for a missing value, in any column, beside the empty field. */
    missing: z
      .array(z.union([z.string().regex(/^[^",;|\t\r\n]{1,100}$/, PLAIN), z.int().transform(String)]))
      .min(1)
      .max(20)
      .optional(),
  })
  .refine((one) => one.delimiter === undefined || (one.delimiter !== one.quote && one.delimiter !== one.escape), {
    message: 'the delimiter must differ from the quote and the escape',
  })
  .refine((one) => one.missing?.some((text) => text.includes(one.delimiter ?? ',')) !== true, {
    message: 'a text that stands for a missing value may not hold the delimiter',
  });
export type Dialect = z.infer<typeof Dialect>;

const ALIASES: Readonly<Record<string, Encoding>> = {
  utf8: 'utf-8',
  utf16le: 'utf-16le',
  utf16be: 'utf-16be',
  cp1252: 'windows-1252',
  windows1252: 'windows-1252',
  latin1: 'iso-8859-1',
  iso88591: 'iso-8859-1',
};

/** An encoding by the names that tools give it; null for one that can't be read. */
export function encodingOf(name: string): Encoding | null {
  const key = name.toLowerCase().replaceAll(/[-_ ]/g, '');
  return Object.hasOwn(ALIASES, key) ? (ALIASES[key] ?? null) : null;
}

/** Reads the dialect from a schema object's `customProperties`; undefined where none is stated. */
export function readDialect(raw: unknown, line: number, problems: ContractProblem[]): Dialect | undefined {
  if (!Array.isArray(raw)) return undefined;
  const stated = raw.find((item: unknown) => isItem(item) && item.property === DIALECT);
  if (!isItem(stated)) return undefined;
  const parsed = Dialect.safeParse(stated.value);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues.slice(0, 10)) {
    const where = issue.path.map((key) => `.${String(key)}`).join('');
    problems.push({ message: `${DIALECT}${where}: ${issue.message}`, line });
  }
  return undefined;
}

function isItem(item: unknown): item is { property: unknown; value: unknown } {
  return typeof item === 'object' && item !== null && 'property' in item && 'value' in item;
}
