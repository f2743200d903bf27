const MAX_SHOWN = 60;

/** A word of the author within a message: in quotes, and short, however long it is. */
export function shown(text: string): string {
  // By code points, so that no half of a pair is left over. What the bound leaves off is never looked at.
  const letters = Array.from(text.slice(0, 2 * MAX_SHOWN + 2));
  return JSON.stringify(letters.length > MAX_SHOWN ? `${letters.slice(0, MAX_SHOWN).join('')}…` : text);
}
