/**
 * A number for people: four significant digits, or as many more as it takes to tell it from `beside`, so that a table
 * never says "0.7000 < 0.7000". Finite numbers only.
 */
export function formatNumber(value: number, beside?: number): string {
  for (let digits = 4; digits < 17; digits += 1) {
    const text = short(value, digits);
    if (beside === undefined || value === beside || text !== short(beside, digits)) return text;
  }
  return String(value).replace('-', '−');
}

/** With its sign, "+0.012" or "−0.006"; zero has none. */
export function formatSigned(value: number, beside?: number): string {
  const text = formatNumber(value, beside);
  return value > 0 && text !== '0' ? `+${text}` : text;
}

function short(value: number, digits: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return String(value).replace('-', '−');
  // Rounding up may leave the range of numbers; there the rounded value is cut instead.
  const rounded = Number.isFinite(Number(value.toPrecision(digits))) ? Number(value.toPrecision(digits)) : value;
  const magnitude = Math.abs(rounded);
  const text = magnitude >= 1e9 || magnitude < 1e-4 ? rounded.toExponential() : String(rounded);
  return text.replaceAll('-', '−');
}
