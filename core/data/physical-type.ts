import type { LogicalType, NotChecked } from './contract-model.ts';
import type { Property } from './property.ts';

/** Types of databases by what their values are. What follows in parentheses is their size. */
const LOGICAL: readonly (readonly [LogicalType, RegExp])[] = [
  ['integer', /^(?:(?:tiny|small|medium|big|huge)?int(?:eger)?(?:2|4|8|16|32|64)?|long|(?:small|big)?serial)$/],
  ['number', /^(?:float(?:4|8|32|64)?|double(?: precision)?|real|dec(?:imal)?|numeric|number)$/],
  ['string', /^(?:n?(?:var)?char2?|character(?: varying)?|n?text|string|(?:tiny|medium|long)text)$/],
  ['boolean', /^bool(?:ean)?$/],
  ['date', /^date$/],
  ['timestamp', /^(?:timestamp(?:tz|_?ntz|_?ltz)?|datetime2?)(?: with(?:out)? time zone)?$/],
  ['time', /^time(?: with(?:out)? time zone)?$/],
];

/**
 * The type of a column of which the contract states a `physicalType` only. One that is not known is listed, as a
 * warning: it speaks of a database first.
 */
export function readPhysicalType(property: Property, line: number, notChecked: NotChecked[]): LogicalType | null {
  const { physicalType } = property;
  if (physicalType === undefined) return null;
  const plain = physicalType
    .slice(0, 100)
    .toLowerCase()
    .replace(/\([0-9, max]{0,20}\)/, '')
    .trim();
  const found = LOGICAL.find(([, words]) => words.test(plain));
  if (found !== undefined) return found[0];
  const what = `physicalType "${physicalType.slice(0, 100)}" of column "${property.name}" (state its logicalType)`;
  notChecked.push({ what, line, severity: 'warn' });
  return null;
}
