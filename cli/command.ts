/** Exit codes everywhere: 0 good, 1 the thing checked is bad, 2 it could not be checked or the call was wrong. */
export type ExitCode = 0 | 1 | 2;

export interface CliEnvironment {
  /** Where the command was started. */
  readonly directory: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
  readonly now: () => Date;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** What stands on standard input, at most `limit` bytes of it; one more says that there is more. */
  readonly input: (limit: number) => Promise<Uint8Array>;
  /** Characters in a line of the terminal; undefined where the output goes to a file or a pipe. */
  readonly columns?: number | undefined;
}

/** How a command is called: all that its help needs, so that asking for help loads no command. */
export interface CommandUsage {
  readonly name: string;
  /** One line, for the list of all commands. */
  readonly summary: string;
  /** What else its own help says, as one paragraph. */
  readonly details?: string;
  /** A line for each form of the call. */
  readonly usage: string;
  /** Each flag of `usage`, with its value, and what it means. */
  readonly options: readonly (readonly [flag: string, meaning: string])[];
  /** Calls that work as they stand, and what they do. */
  readonly examples: readonly (readonly [call: string, meaning: string])[];
}

/** Runs one call. @param args what follows the name @throws CliError, FlowError, PortError */
export type RunCommand = (args: readonly string[], environment: CliEnvironment) => Promise<ExitCode>;

export interface CliCommand extends CommandUsage {
  /** Reads the command's code, which no other command pays for. */
  readonly load: () => Promise<RunCommand>;
}

export type CliErrorCode = 'usage' | 'not_configured' | 'timed_out' | 'unreadable' | 'unwritable';

/** The call was wrong, or what it needs is not there. Always exit code 2. */
export class CliError extends Error {
  readonly code: CliErrorCode;

  constructor(code: CliErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'CliError';
    this.code = code;
  }
}
