import { terminalText } from '../core/reports/terminal.ts';
import { currentOperation } from './operation.ts';
import { type Redactor, redactor } from './redaction/redactor.ts';

/** One JSON object a line on standard error; standard output is for the address alone. */
export interface Log {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** What is done for no delivery and no timer: starting, listening, ending. */
const ITSELF = 'app';

/** Each line says for which operation it was written, and holds no secret, wherever in the fields one stands. */
export function jsonLog(write: (line: string) => void, now: () => Date, redact: Redactor = redactor([])): Log {
  const line =
    (level: string) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}) => {
      const { id = ITSELF, trace } = currentOperation() ?? {};
      const about = { at: now().toISOString(), level, operation: id, ...(trace === undefined ? {} : { trace }) };
      // No name among the fields takes the place of the time or the operation.
      const said = redact.value({ ...fields, message, ...about });
      // What JSON leaves as it is, C1 controls and marks that reorder, a terminal would act on.
      write(`${terminalText(JSON.stringify({ ...about, message, ...Object(said) }))}\n`);
    };
  return { info: line('info'), error: line('error') };
}
