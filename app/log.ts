import { terminalText } from '../core/reports/terminal.ts';

/** One JSON object a line on standard error; standard output is for the address alone. */
export interface Log {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

export function jsonLog(write: (line: string) => void, now: () => Date): Log {
  const line =
    (level: string) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}) => {
      // What JSON leaves as it is, C1 controls and marks that reorder, a terminal would act on.
      write(`${terminalText(JSON.stringify({ at: now().toISOString(), level, message, ...fields }))}\n`);
    };
  return { info: line('info'), error: line('error') };
}
