/** The most instants in any stretch of this length. */
export function most(instants: readonly number[], stretch: number): number {
  const sorted = [...instants].sort((a, b) => a - b);
  let first = 0;
  return sorted.reduce((found, at, index) => {
    while (at - (sorted[first] ?? at) >= stretch) first += 1;
    return Math.max(found, index - first + 1);
  }, 0);
}
