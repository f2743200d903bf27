import { spawnElsewhere } from './spawner.ts';

/** A git command that failed, with what it wrote to standard error. */
export class GitError extends Error {
  readonly args: readonly string[];
  readonly exitCode: number;
  readonly stderr: string;

  constructor(args: readonly string[], exitCode: number, stderr: string) {
    super(`git ${args.join(' ')} failed with exit code ${exitCode}: ${stderr.trim()}`);
    this.name = 'GitError';
    this.args = args;
    this.exitCode = exitCode;
    this.stderr = stderr;
  }
}

/** The environment of every git process: nothing of the person's own configuration, no prompt, plain messages. */
export function gitEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    HOME: '/nonexistent',
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    ...extra,
  };
}

export interface GitOptions {
  readonly input?: Buffer | string;
  readonly env?: Readonly<Record<string, string>>;
  /** Exit codes that are answers rather than failures; 0 always is. */
  readonly accept?: readonly number[];
}

export interface GitResult {
  readonly code: number;
  readonly stdout: Buffer;
}

/** Runs one git command in `directory`. @throws GitError on any other exit code. */
export async function runGit(directory: string, args: readonly string[], options: GitOptions = {}): Promise<GitResult> {
  const env = gitEnvironment(options.env);
  const { code, stdout, stderr } = await spawnElsewhere({ directory, args, env, input: options.input ?? '' });
  if (code === 0 || options.accept?.includes(code) === true) return { code, stdout: Buffer.from(stdout) };
  throw new GitError(args, code, Buffer.from(stderr).toString());
}
