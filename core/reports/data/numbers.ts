import type { ColumnType } from '../../data/report/profile.ts';
import { formatNumber } from '../../evaluation/numbers.ts';

/** "0.31 %", "100 %"; never "0 %" for what is not zero, nor "100 %" for what is not all. */
export function percent(share: number): string {
  const value = share * 100;
  if (value > 0 && value < 0.01) return '< 0.01 %';
  if (value < 100 && value > 99.99) return '> 99.99 %';
  return `${Number(value.toFixed(value < 10 ? 2 : 1))} %`;
}

/** "1.2 MB", powers of 1000. */
export function byteSize(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const step = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1);
  return `${Number((bytes / 1000 ** step).toPrecision(3))} ${units[step]}`;
}

export function whole(count: number): string {
  return count.toLocaleString('en-US');
}

/** A number of the number line of `ColumnProfile`, in the words of the column's type: dates are dates again. */
export function onNumberLine(value: number, type: ColumnType | null, width?: number): string {
  if (type === 'date' || type === 'timestamp') return timeText(value, type, width);
  // Edges of bins are rounded to what tells two of them apart.
  if (width !== undefined && width > 0) {
    const digits = Math.max(0, Math.min(12, 1 - Math.floor(Math.log10(width))));
    return formatNumber(Number(value.toFixed(digits)));
  }
  return formatNumber(value);
}

const DAY = 86_400_000;

function timeText(milliseconds: number, type: 'date' | 'timestamp', width = 0): string {
  const date = new Date(milliseconds);
  // Outside of what JavaScript's calendar holds.
  if (Number.isNaN(date.getTime())) return formatNumber(milliseconds);
  const [day = '', time = ''] = date.toISOString().split('T');
  return type === 'date' || width >= DAY ? day : `${day} ${time.slice(0, 8)}`;
}
