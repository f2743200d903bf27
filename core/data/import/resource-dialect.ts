import { z } from 'zod';
import { Dialect } from '../text/dialect.ts';
import { passedOver } from './passed-over.ts';

interface Written {
  readonly dialect?: unknown;
  readonly encoding?: unknown;
}

/** Frictionless' `dialect` and `encoding` as our own; what has no word there is noted. */
export function dialectOf({ dialect, encoding }: Written, notes: string[]): Dialect | null {
  const stated = z.record(z.string(), z.unknown()).catch({}).parse(dialect);
  if (typeof dialect === 'string') notes.push('the dialect lies elsewhere and is not carried over');
  for (const key of passedOver(stated, [
    'delimiter',
    'quoteChar',
    'escapeChar',
    'header',
    'skipInitialSpace',
    ...DEFAULTS.keys(),
  ]))
    notes.push(`${key} of the dialect is not carried over`);
  for (const [key, usual] of DEFAULTS)
    if (stated[key] !== undefined && stated[key] !== usual) notes.push(`${key} of the dialect is not carried over`);
  const header = stated['header'] === false ? false : undefined;
  const own = {
    header,
    delimiter: stated['delimiter'],
    quote: stated['quoteChar'],
    escape: stated['escapeChar'],
    trim: stated['skipInitialSpace'] === true ? true : undefined,
    encoding,
  };
  if (own.trim === true)
    notes.push('skipInitialSpace is carried over as trim, which leaves out spaces behind fields, too');
  const given = Object.entries(own).filter(([, one]) => one !== undefined);
  const read = given.flatMap(([key, one]): [string, unknown][] => {
    if (Dialect.safeParse({ [key]: one }).success) return [[key, one]];
    notes.push(`${key} of the resource is not carried over: it is none that is read`);
    return [];
  });
  const whole = Dialect.safeParse(Object.fromEntries(read));
  if (!whole.success) notes.push('the dialect is not carried over: its characters are not told apart');
  return whole.success && read.length > 0 ? whole.data : null;
}

/** What of a dialect is as the data is read here in any case. */
const DEFAULTS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['doubleQuote', true],
  ['csvddfVersion', undefined],
  ['lineTerminator', undefined],
]);
