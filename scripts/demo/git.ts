import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Git as one person on their laptop: their name, their token, none of this machine's configuration. */
export class GitClient {
  readonly directory: string;
  readonly #environment: NodeJS.ProcessEnv;

  constructor(directory: string, person: { login: string; token: string }) {
    this.directory = directory;
    const credentials = Buffer.from(`x-access-token:${person.token}`).toString('base64');
    this.#environment = {
      PATH: process.env['PATH'],
      HOME: directory,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_SYSTEM: '/dev/null',
      GIT_TERMINAL_PROMPT: '0',
      GIT_AUTHOR_NAME: person.login,
      GIT_AUTHOR_EMAIL: `${person.login}@example.com`,
      GIT_COMMITTER_NAME: person.login,
      GIT_COMMITTER_EMAIL: `${person.login}@example.com`,
      GIT_CONFIG_COUNT: '3',
      GIT_CONFIG_KEY_0: 'http.extraHeader',
      GIT_CONFIG_VALUE_0: `Authorization: Basic ${credentials}`,
      GIT_CONFIG_KEY_1: 'init.defaultBranch',
      GIT_CONFIG_VALUE_1: 'main',
      GIT_CONFIG_KEY_2: 'advice.detachedHead',
      GIT_CONFIG_VALUE_2: 'false',
    };
  }

  async git(...args: string[]): Promise<string> {
    const { stdout } = await run('git', args, {
      cwd: this.directory,
      env: this.#environment,
      maxBuffer: 64 * 2 ** 20,
    });
    return stdout.trim();
  }

  /** Commits everything in the working tree and returns the commit's id. */
  async commitAll(message: string): Promise<string> {
    await this.git('add', '-A');
    await this.git('commit', '-q', '-m', message);
    return this.git('rev-parse', 'HEAD');
  }
}
