/** Bytes of a pointer, whatever the code says: the reader's machine counts, and all today's have 64 bits. */
const POINTER = 8;

/** Bytes of an item of a type code of NumPy, such as `<f8` or `U12`. */
export function itemSize(code: string): number | null {
  const [, kind = '', digits = ''] = /^[<>=|]?([?biufcmMSaUV])(\d{0,9})$/.exec(code) ?? [];
  if (kind === '') return null;
  if (digits === '') return kind === '?' || kind === 'b' || kind === 'B' ? 1 : null;
  return kind === 'U' ? 4 * Number(digits) : Number(digits);
}

/** Bytes of an item that may be a Python object. */
export function sizeInRecord(code: string): number | null {
  return isObjectType(code) ? POINTER : itemSize(code);
}

export function isObjectType(code: string): boolean {
  return /^[<>=|]?O\d*$/.test(code);
}
