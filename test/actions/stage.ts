import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ArtifactHandle, Artifacts } from '../../actions/runtime/artifacts.ts';
import type { DataAccess } from '../../actions/runtime/data-access.ts';
import { ActionError } from '../../actions/runtime/error.ts';
import type { Job } from '../../actions/runtime/job.ts';
import { duckDbEngines } from '../../adapters/duckdb/engine.ts';
import { GitId, Sha256 } from '../../core/names.ts';

const VALIDATION = join(
  import.meta.dirname,
  '../../node_modules/@actions/artifact/lib/internal/upload/path-and-artifact-name-validation.js',
);

/** A job without a runner: the same interface as an action gets, on temporary directories, with its log kept. */
export interface TestJob extends Job {
  readonly said: string[];
  readonly raw: () => string;
  readonly failures: string[];
  readonly summaries: string[];
  readonly controller: AbortController;
}

export interface Stage {
  readonly base: string;
  readonly artifacts: Artifacts;
  job(environment?: Record<string, string>): TestJob;
  /** Stores files as an artifact, as a job before did. */
  put(files: Readonly<Record<string, Uint8Array | string>>): ArtifactHandle;
  /** A file of an artifact. */
  take(id: string | number, file: string): Buffer;
  files(id: string | number): string[];
  /** The artifact that was uploaded last under a name. @throws Error where none was */
  newest(name: string): number;
  /** A git repository with one commit. Values are contents; `{ link }` makes a symbolic link. */
  repository(files: Readonly<Record<string, string | Uint8Array | { readonly link: string }>>): {
    directory: string;
    commit: GitId;
  };
  close(): void;
}

/** Of a job that may read nothing but git. */
export const NO_ACCESS: DataAccess = {
  variables: {},
  lfs: null,
  allowPrivate: false,
  engine: async () => ({ engines: duckDbEngines(), conversion: {} }),
};

export function openStage(): Stage {
  const base = mkdtempSync(join(tmpdir(), 'trainyard-action-'));
  let count = 0;
  const fresh = (name: string): string => {
    count += 1;
    const directory = join(base, `${count}-${name}`);
    mkdirSync(directory);
    return directory;
  };
  const named = new Map<string, number>();
  const store = (id: string | number): string => join(base, `artifact-${id}`);
  const digestOf = (directory: string): Sha256 => {
    const hash = createHash('sha256');
    for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort()) {
      if (statSync(join(directory, name)).isDirectory()) continue;
      hash.update(`${name}\0`).update(readFileSync(join(directory, name)));
    }
    return Sha256.parse(hash.digest('hex'));
  };
  const keep = (fill: (directory: string) => void): ArtifactHandle => {
    count += 1;
    mkdirSync(store(count));
    fill(store(count));
    return { id: count, digest: digestOf(store(count)) };
  };

  return {
    base,
    artifacts: {
      upload: async (name, directory, files) => {
        // Of the stock client itself, which offers it to nobody.
        const { validateFilePath } = await import(VALIDATION);
        for (const file of files) validateFilePath(file);
        const handle = keep((target) => {
          for (const file of files) {
            mkdirSync(dirname(join(target, file)), { recursive: true });
            copyFileSync(join(directory, file), join(target, file));
          }
        });
        named.set(name, handle.id);
        return handle;
      },
      async download(handle, directory, expected) {
        if (digestOf(store(handle.id)) !== handle.digest) throw new ActionError('digest_mismatch', 'not that artifact');
        const names = readdirSync(store(handle.id));
        const unexpected = names.find((name) => !(name in expected));
        if (unexpected !== undefined) throw new ActionError('artifact_invalid', `holds ${unexpected}`);
        for (const [name, rule] of Object.entries(expected)) {
          if (names.includes(name)) copyFileSync(join(store(handle.id), name), join(directory, name));
          else if (rule.optional !== true) throw new ActionError('artifact_invalid', `lacks ${name}`);
        }
        return new Set(names);
      },
      list: async () => [...named].map(([name, id]) => ({ name, id, digest: digestOf(store(id)) })),
      remove: async (name) => void named.delete(name),
    },
    job(environment = {}) {
      const said: string[] = [];
      const failures: string[] = [];
      const summaries: string[] = [];
      const chunks: Buffer[] = [];
      const controller = new AbortController();
      return {
        said,
        failures,
        summaries,
        controller,
        raw: () => Buffer.concat(chunks).toString('utf8'),
        environment: { PATH: process.env['PATH'], HOME: base, ...environment },
        cancel: controller.signal,
        log: {
          info: (message) => said.push(message),
          notice: (message) => said.push(`notice: ${message}`),
          warning: (message) => said.push(`warning: ${message}`),
          error: (message, place) =>
            said.push(`error${place === undefined ? '' : ` ${place.file}:${place.line ?? ''}`}: ${message}`),
          raw: (chunk) => chunks.push(Buffer.from(chunk)),
        },
        directory: async (name) => fresh(name),
        fail: (message) => failures.push(message),
        summary: async (markdown) => void summaries.push(markdown),
        mask: (secret) => said.push(`mask: ${secret}`),
        work: (run) => run(),
      };
    },
    put: (files) =>
      keep((target) => {
        for (const [name, content] of Object.entries(files)) writeFileSync(join(target, name), content);
      }),
    take: (id, file) => readFileSync(join(store(id), file)),
    files: (id) => readdirSync(store(id)).sort(),
    newest(name) {
      const id = named.get(name);
      if (id === undefined) throw new Error(`no artifact ${name} was uploaded`);
      return id;
    },
    repository(files) {
      const directory = fresh('repository');
      const git = (...args: string[]): string =>
        execFileSync('git', ['-C', directory, '-c', 'user.name=ada', '-c', 'user.email=ada@example.com', ...args], {
          encoding: 'utf8',
        }).trim();
      git('init', '-q', '-b', 'main');
      for (const [path, content] of Object.entries(files)) {
        const isFile = typeof content === 'string' || content instanceof Uint8Array;
        const blob = isFile ? content : content.link;
        const place = join(directory, '.git', 'blob');
        writeFileSync(place, blob);
        const id = git('hash-object', '-w', '--no-filters', place);
        git('update-index', '--add', '--cacheinfo', `${isFile ? '100644' : '120000'},${id},${path}`);
      }
      git('commit', '-q', '--allow-empty', '-m', 'Files');
      return { directory, commit: GitId.parse(git('rev-parse', 'HEAD')) };
    },
    close: () => rmSync(base, { recursive: true, force: true }),
  };
}

/** Writes files below a directory. */
export function lay(directory: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
}
