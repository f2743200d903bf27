/** The most findings kept in full, as `ValidationResult` allows; the rest is counted. */
export const MAX_FINDINGS = 500;

/** A value from the data, quoted and cut: it is attacker-controlled and may hold anything. */
export function quote(value: string): string {
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 59)}…` : value);
}
