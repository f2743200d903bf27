import { formatNumber } from '../evaluation/numbers.ts';
import { notNumberFrom } from '../training/loss.ts';
import type { StepPoint } from './view.ts';

const BARS = '▁▂▃▄▅▆▇█';

/** A curve's shape, and from which step on it has no value any more. */
export function curveShape(points: readonly StepPoint[]): string {
  const lost = notNumberFrom(points);
  const line = sparkline(points.map(({ value }) => value));
  if (lost === null) return line;
  return `${line === '' ? '' : `${line}, `}not a number from step ${formatNumber(lost)}`;
}

/** A curve in block characters, lowest to highest, at most `width` of them: each shows the mean of its share of the values. */
export function sparkline(values: readonly number[], width = 24): string {
  const finite = values.filter((value) => Number.isFinite(value));
  if (finite.length === 0) return '';
  const columns = Math.min(width, finite.length);
  const means = Array.from({ length: columns }, (_, column) => {
    const from = Math.floor((column * finite.length) / columns);
    const share = finite.slice(from, Math.max(from + 1, Math.floor(((column + 1) * finite.length) / columns)));
    return share.reduce((sum, value) => sum + value / share.length, 0);
  });
  const [low, high] = [Math.min(...means), Math.max(...means)];
  // Halved first: the difference of two huge values would overflow.
  const span = high / 2 - low / 2;
  return means
    .map((mean) => BARS[span === 0 ? 3 : Math.round(((mean / 2 - low / 2) / span) * (BARS.length - 1))] ?? '')
    .join('');
}
