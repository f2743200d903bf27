import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readHarness, workingDirectory } from '../../../../adapters/engines/ray/package.ts';
import { ExecutionStatus } from '../../../../core/training/status.ts';
import type { Submission } from '../../../../flows/engine-port.ts';
import type { ObjectServer } from './store.ts';

export interface JobProcess {
  readonly pid: number;
  /** Where it finds room for temporary files. */
  readonly temporary: string;
  /** What Ray would show as the job's log so far. */
  shown(): string;
  /** All segments of the command's output that are kept, by their names. */
  segments(): ReadonlyMap<string, Buffer>;
  signal(name: NodeJS.Signals): void;
  readonly ended: Promise<{ readonly code: number | null; readonly words: { readonly reason: string } }>;
  remove(): void;
}

/** As Ray unpacks a working directory, with its permissions. */
const UNPACK = `
import os, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    assert archive.testzip() is None
    for entry in archive.infolist():
        os.chmod(archive.extract(entry, sys.argv[2]), entry.external_attr >> 16)
`;

/** Runs the harness as Ray's supervisor does: in the unpacked working directory, its output going into the session's logs. */
export async function startJob(
  submission: Submission,
  temporary?: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<JobProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'ray-job-'));
  const [tree, logs, zip] = [join(folder, 'tree'), join(folder, 'logs'), join(folder, 'package.zip')];
  mkdirSync(tree);
  mkdirSync(logs);
  const packed = await workingDirectory(submission, await readHarness());
  const parts: Uint8Array[] = [];
  for await (const chunk of packed.content()) parts.push(chunk);
  writeFileSync(zip, Buffer.concat(parts));
  execFileSync('python3', ['-c', UNPACK, zip, tree]);
  const log = join(logs, `job-driver-${submission.execution}.log`);
  const out = openSync(log, 'a');
  const child = spawn('python3', ['-E', '-s', '-B', '-u', '.trainyard/main.py'], {
    cwd: tree,
    stdio: ['ignore', out, out],
    // A file of the inputs must not be taken for a module of the standard library.
    env: {
      PATH: process.env['PATH'],
      PYTHONPATH: tree,
      TMPDIR: temporary ?? folder,
      AWS_SECRET_ACCESS_KEY: 'of the machine',
      ...variables,
    },
  });
  const shown = (): string => readFileSync(log, 'utf8');
  return {
    pid: child.pid ?? 0,
    temporary: temporary ?? folder,
    shown,
    segments: () =>
      new Map(
        readdirSync(logs)
          .filter((name) => name.startsWith('trainyard-'))
          .sort()
          .map((name) => [name, readFileSync(join(logs, name))]),
      ),
    signal: (name) => void child.kill(name),
    ended: once(child, 'exit').then(([code]: unknown[]) => {
      const line = /\ntrainyard-end (.*)\n$/.exec(shown())?.[1] ?? '{"reason":"killed"}';
      return { code: typeof code === 'number' ? code : null, words: JSON.parse(line) };
    }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** `status.json` as it came to the store. */
export function statusOf(store: ObjectServer, { execution }: Submission): ExecutionStatus {
  return ExecutionStatus.parse(JSON.parse(String(store.objects.get(`${execution}/status.json`))));
}
