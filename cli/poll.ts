import { PortError } from '../flows/ports.ts';
import { type CliEnvironment, CliError } from './command.ts';

export interface Patience {
  readonly seconds: number;
  /** Milliseconds between two looks. */
  readonly every: number;
  /** What is said when the time is up. */
  readonly late: string;
}

/** Looks until something is there. GitHub may be away for a while meanwhile. @throws CliError `timed_out` */
export async function poll<T>(
  environment: CliEnvironment,
  { seconds, every, late }: Patience,
  look: () => Promise<T | null>,
): Promise<T> {
  const end = environment.now().getTime() + seconds * 1000;
  for (;;) {
    let away: unknown = null;
    const found = await look().catch((error: unknown) => {
      if (!(error instanceof PortError) || (error.code !== 'unavailable' && error.code !== 'rate_limited')) throw error;
      away = error;
      return null;
    });
    if (found !== null) return found;
    if (environment.now().getTime() > end) throw new CliError('timed_out', late, { cause: away });
    await environment.sleep(every);
  }
}
