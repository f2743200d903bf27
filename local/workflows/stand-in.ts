import type { JobCredentials, ServiceUrls } from './host.ts';

/** What a stand-in is given: the same that the real action would read from its environment. */
export interface StandInStep {
  /** The inputs in use, defaults filled in; what the real action declares and the workflow left out is ''. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly workspace: string;
  readonly temp: string;
  readonly toolCache: string;
  /** The whole environment of the step. */
  readonly env: Readonly<Record<string, string>>;
  readonly github: { readonly repository: string; readonly sha: string; readonly ref: string };
  readonly urls: ServiceUrls;
  readonly runId: string;
  readonly credentials: JobCredentials;
  log(line: string): void;
  mask(secret: string): void;
  output(name: string, value: string): void;
  /** Prepends a directory to the PATH of the steps that follow. */
  addPath(directory: string): void;
  exportVariable(name: string, value: string): void;
  /** Runs a command in the job. @returns its exit code and what it printed. */
  execute(
    command: string,
    args: readonly string[],
    options?: ExecuteOptions,
  ): Promise<{ code: number; stdout: string }>;
  /** Called when the job's steps are over. */
  afterwards(task: () => Promise<void>): void;
}

export interface ExecuteOptions {
  readonly cwd?: string;
  /** When to log what it prints: `all` without it. */
  readonly output?: 'all' | 'failure' | 'none';
  readonly env?: Readonly<Record<string, string>>;
}

/** Takes the place of an action that can't be fetched on this machine. */
export interface StandIn {
  /** `owner/repository[/path]`, for any version. */
  readonly name: string;
  /** Input → default. An input that is not named here fails the step: it would be ignored without a word otherwise. */
  readonly inputs: Readonly<Record<string, string>>;
  /** @throws Error whose message fails the step. */
  run(step: StandInStep): Promise<void>;
}

/** The lines of a list input, without blanks. */
export function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** A YAML 1.2 boolean, as `core.getBooleanInput` reads it. */
export function readBoolean(step: StandInStep, name: string): boolean {
  const text = step.inputs[name] ?? '';
  if (/^(true|True|TRUE)$/.test(text)) return true;
  if (/^(false|False|FALSE)$/.test(text)) return false;
  throw new Error(
    `Input does not meet YAML 1.2 "Core Schema" specification: ${name}: expected true or false, got \`${text}\``,
  );
}
