import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WorkflowError } from './errors.ts';
import { checkEnvironmentName, MAX_SUMMARY_BYTES, parseKeyValues, parsePaths } from './file-commands.ts';
import type { JobRuntime } from './job-runtime.ts';

const FILES = ['output', 'env', 'path', 'state', 'step_summary'] as const;
/** A job's outputs may hold 1 MiB together; a file of commands that is larger can't be meant. */
const MAX_COMMAND_BYTES = 4 * 1024 * 1024;

/** The files by which one step talks to the runner. */
export class StepFiles {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  static async create(runtime: JobRuntime, key: string): Promise<StepFiles> {
    const files = new StepFiles(join(runtime.directories.temp, '_runner_file_commands', key));
    await mkdir(files.#directory, { recursive: true });
    for (const name of FILES) await writeFile(files.#path(name), '');
    return files;
  }

  variables(): Record<string, string> {
    return Object.fromEntries(FILES.map((name) => [`GITHUB_${name.toUpperCase()}`, this.#path(name)]));
  }

  /**
   * Carries out what the step wrote.
   * @throws WorkflowError `file_command` for a malformed file.
   */
  async apply(
    runtime: JobRuntime,
    number: number,
  ): Promise<{ outputs: Record<string, string>; state: Record<string, string> }> {
    try {
      for (const [name, value] of parseKeyValues(await this.#read('env'))) this.#setVariable(runtime, name, value);
      for (const path of parsePaths(await this.#read('path'))) runtime.paths.unshift(path);
      const outputs = Object.fromEntries(parseKeyValues(await this.#read('output')));
      const state = Object.fromEntries(parseKeyValues(await this.#read('state')));
      await this.#summary(runtime, number);
      return { outputs, state };
    } finally {
      await rm(this.#directory, { recursive: true, force: true });
    }
  }

  #setVariable(runtime: JobRuntime, name: string, value: string): void {
    if (checkEnvironmentName(name) === 'allowed') runtime.env.set(name, value);
    else runtime.log.line(`##[warning]The variable ${name} belongs to GitHub: GITHUB_ENV does not change it.`);
  }

  async #summary(runtime: JobRuntime, number: number): Promise<void> {
    const size = (await stat(this.#path('step_summary')).catch(() => undefined))?.size ?? 0;
    if (size === 0) return;
    if (size > MAX_SUMMARY_BYTES) {
      runtime.log.error(
        `$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k, got ${Math.ceil(size / 1024)}k.`,
      );
      return;
    }
    runtime.reporter.summary(number, runtime.masks.apply(await readFile(this.#path('step_summary'), 'utf8')));
  }

  async #read(name: (typeof FILES)[number]): Promise<string> {
    const path = this.#path(name);
    const size = (await stat(path).catch(() => undefined))?.size ?? 0;
    if (size > MAX_COMMAND_BYTES) {
      throw new WorkflowError(
        'file_command',
        `Unable to process file command '${name}': expected at most ${MAX_COMMAND_BYTES} bytes, got ${size}`,
      );
    }
    return size === 0 ? '' : readFile(path, 'utf8');
  }

  #path(name: (typeof FILES)[number]): string {
    return join(this.#directory, name);
  }
}
