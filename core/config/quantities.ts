import { z } from 'zod';

/** Quantities as people write them, kept as numbers in one unit each. */

const DURATION_UNITS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;
const MEMORY_UNITS = { MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 } as const;

/** `90s`, `15m`, `2h`, `14d` → seconds. */
export const Duration = z
  .string()
  .regex(/^[1-9]\d{0,5}[smhd]$/, 'a duration such as 90s, 15m, 2h or 14d')
  .transform((text) => {
    const unit = text.at(-1);
    const seconds = unit === 's' || unit === 'm' || unit === 'h' || unit === 'd' ? DURATION_UNITS[unit] : Number.NaN;
    return Number(text.slice(0, -1)) * seconds;
  })
  .brand<'Seconds'>();
export type Seconds = z.infer<typeof Duration>;

/** `512MiB`, `64GiB`, `2TiB` → bytes. */
export const MemorySize = z
  .string()
  .regex(/^[1-9]\d{0,5}(MiB|GiB|TiB)$/, 'a size such as 512MiB or 64GiB')
  .transform((text) => {
    const unit = text.slice(-3);
    const bytes = unit === 'MiB' || unit === 'GiB' || unit === 'TiB' ? MEMORY_UNITS[unit] : Number.NaN;
    return Number(text.slice(0, -3)) * bytes;
  })
  .brand<'Bytes'>();
export type Bytes = z.infer<typeof MemorySize>;

/** `50 USD`, `12.50 EUR`. */
export const Money = z
  .string()
  .regex(/^\d{1,9}(\.\d{1,2})? [A-Z]{3}$/, 'an amount such as 50 USD')
  .transform((text) => {
    const [amount = '', currency = ''] = text.split(' ');
    return { amount: Number(amount), currency };
  });
export type Money = z.infer<typeof Money>;
