import type { PiiKind } from '../report/profile.ts';

/** A longer value is no such thing as is looked for, and patterns stay fast on short ones. */
const LONGEST = 254;
/** Of the values that are not null; below it, a column of free text with some addresses is no column of addresses. */
const LEAST_SHARE = 0.7;

const DATE = /^(?:18|19|20)\d\d-\d\d-\d\d/;

/** What one value looks like; each expression is linear in its length. */
const LOOKS: readonly (readonly [PiiKind, (value: string) => boolean])[] = [
  ['email', (value) => holdsEmail(value)],
  ['iban', (value) => isIban(value.replaceAll(' ', ''))],
  ['card', (value) => isCard(value)],
  ['ip', (value) => isAddress(value)],
  ['national_id', (value) => /^(?!000|666|9\d\d)\d{3}-(?!00)\d\d-(?!0000)\d{4}$/.test(value)],
  ['phone', (value) => isPhone(value)],
];

/** Names of columns that say what is in them whatever the values look like; compared without case and separators. */
const NAMES: readonly (readonly [PiiKind, RegExp])[] = [
  ['email', /(?:^|_)(?:e_?)?mail(?:_address|_addr)?$/],
  ['phone', /(?:^|_)(?:phone|mobile|cell|fax|telephone|tel)(?:_?(?:number|no|nr))?$/],
  ['name', /^(?:first|last|middle|given|family|full|maiden|customer|user|patient|contact)_?name$|^surname$/],
  ['address', /(?:^|_)(?:street|home_address|postal_address|street_address|mailing_address)$/],
  ['birth_date', /^(?:dob|birth_?da(?:y|te)|date_of_birth|born_on)$/],
  ['national_id', /^(?:ssn|social_security(?:_number|_no)?|passport(?:_number|_no)?|tax_?id|national_?id)$/],
  ['card', /^(?:card|credit_?card|cc)_?(?:number|no|num)$/],
  ['iban', /^iban$/],
  ['ip', /^(?:ip|ip_?addr(?:ess)?|client_ip|remote_addr)$/],
];

/**
 * What personal data a column holds by the looks of its values or its name; null for none that is recognised. A hint: it
 * masks values in reports, and never fails a check by itself.
 * @param values of the column with their counts, or a part of them
 */
export function personalKind(name: string, values: Iterable<readonly [value: string, count: number]>): PiiKind | null {
  const seen = new Map<PiiKind, number>();
  let [total, dates] = [0, 0];
  for (const [value, count] of values) {
    total += count;
    if (DATE.test(value)) dates += count;
    const text = value.trim();
    if (text.length > LONGEST) continue;
    const kind = looksLike(text);
    if (kind !== undefined) seen.set(kind, (seen.get(kind) ?? 0) + count);
  }
  for (const [kind, count] of seen) if (total > 0 && count / total >= LEAST_SHARE) return kind;
  const named = kindByName(name);
  // A column `birth_date` without dates, or `phone` of true and false, is about something else.
  if (named === 'birth_date' && total > 0 && dates / total < LEAST_SHARE) return null;
  if ((named === 'phone' || named === 'card') && total > 0 && !seen.has(named)) return null;
  return named;
}

function looksLike(text: string): PiiKind | undefined {
  return LOOKS.find(([, looks]) => looks(text))?.[0];
}

/** Of a value with values inside, in characters: what is looked at. */
const LOOKED_INSIDE = 4000;

/**
 * As `personalKind`, of a column whose values hold others: by the names of the fields, and by what is inside of each value.
 * @param values as the engine writes structs, lists and maps, or JSON
 */
export function personalInside(
  names: Iterable<string>,
  values: Iterable<readonly [value: string, count: number]>,
): PiiKind | null {
  for (const name of names) {
    const kind = kindByName(name);
    if (kind !== null) return kind;
  }
  const seen = new Map<PiiKind, number>();
  let total = 0;
  for (const [value, count] of values) {
    total += count;
    for (const kind of kindsInside(value)) seen.set(kind, (seen.get(kind) ?? 0) + count);
  }
  for (const [kind, count] of seen) if (count / total >= LEAST_SHARE) return kind;
  return null;
}

function kindsInside(value: string): ReadonlySet<PiiKind> {
  const parts = value
    .slice(0, LOOKED_INSIDE)
    .split(/[{}[\],=]|: /)
    .map((part) => part.trim().replace(/^(["'])(.*)\1$/s, '$2'))
    .filter((part) => part !== '' && part.length <= LONGEST);
  const kinds = new Set(parts.flatMap((part) => looksLike(part) ?? []));
  // One of many long numbers has the check digit of a card by chance.
  const numbers = parts.filter((part) => /^\d{13,19}$/.test(part));
  if (numbers.some((part) => !isCard(part))) kinds.delete('card');
  return kinds;
}

/** Digits that such a number has where it is written without separators. */
const DIGITS: ReadonlyMap<PiiKind, RegExp> = new Map([
  ['card', /^\d{13,19}$/],
  ['phone', /^\+?\d{7,15}$/],
  ['national_id', /^\d{7,15}$/],
]);

/**
 * As `personalKind`, of a column of integers: cards are known by their check digit, other numbers only by the column's name
 * and their length, since so many digits may be anything.
 */
export function personalNumber(
  name: string,
  values: Iterable<readonly [value: string, count: number]>,
): PiiKind | null {
  const named = kindByName(name);
  const digits = named === null ? undefined : DIGITS.get(named);
  let [total, cards, long] = [0, 0, 0];
  for (const [value, count] of values) {
    total += count;
    if (value.length >= 13 && isCard(value)) cards += count;
    if (digits?.test(value) === true) long += count;
  }
  if (total > 0 && cards / total >= LEAST_SHARE) return 'card';
  return digits !== undefined && (total === 0 || long / total >= LEAST_SHARE) ? named : null;
}

function kindByName(name: string): PiiKind | null {
  const plain = name
    .slice(0, LONGEST)
    .trim()
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '_');
  return NAMES.find(([, pattern]) => pattern.test(plain))?.[0] ?? null;
}

/** An address, also with a name before it or in a sentence; what names a place of the net is none. */
function holdsEmail(value: string): boolean {
  return (
    !value.includes('://') &&
    /(?:^|[\s<>"'(,;:])[^\s@<>"'(),;:]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,5}(?:\.?$|[\s<>"'),;!?]|\.\s)/i.test(
      value,
    )
  );
}

function isPhone(value: string): boolean {
  if (!/^\+?[\d ().-]{7,24}$/.test(value)) return false;
  const digits = value.replace(/\D/g, '').length;
  // Digits alone are a number of some other kind, and three groups of dates, too.
  const written = value.startsWith('+') || /^\(?\d{2,4}\)?[ .-]\d{3,4}[ .-]\d{3,5}$/.test(value);
  return written && digits >= 7 && digits <= 15 && !DATE.test(value);
}

/** Payment cards by issuer and check digit (ISO/IEC 7812, Luhn). */
function isCard(value: string): boolean {
  if (!/^[2-6][\d -]{11,22}\d$/.test(value)) return false;
  const digits = value.replace(/\D/g, '');
  if (digits.length < 13 || digits.length > 19) return false;
  if (!/^(?:4|5[1-5]|2[2-7]|3[47]|3[068]|6011|65|35)/.test(digits)) return false;
  let sum = 0;
  [...digits].reverse().forEach((digit, index) => {
    const doubled = Number(digit) * (index % 2 === 1 ? 2 : 1);
    sum += doubled > 9 ? doubled - 9 : doubled;
  });
  return sum % 10 === 0;
}

/** ISO 13616: the check digits make the whole number 1 modulo 97. */
function isIban(value: string): boolean {
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(value)) return false;
  let rest = 0;
  for (const character of value.slice(4) + value.slice(0, 4)) {
    const number = Number.parseInt(character, 36);
    rest = (rest * (number > 9 ? 100 : 10) + number) % 97;
  }
  return rest === 1;
}

function isAddress(value: string): boolean {
  if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(value)) return value.split('.').every((part) => Number(part) <= 255);
  if (!/^[0-9a-f:]{3,39}$/i.test(value)) return false;
  const [groups, gaps] = [value.split(':'), value.split('::').length - 1];
  // One gap stands for groups of zeros (RFC 4291); six groups of two digits are the address of a network card.
  return (
    groups.every((group) => group.length <= 4) && (gaps === 0 ? groups.length >= 5 : gaps === 1 && groups.length <= 8)
  );
}
