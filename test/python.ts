import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type PythonPackages, pythonEnvironment } from '../scripts/python-environment.ts';

/** Python with packages from PyPI, and a folder for what the tests write. */
export function pythonFrom(wanted: PythonPackages) {
  const binaries = pythonEnvironment(wanted);
  const folder = mkdtempSync(join(tmpdir(), 'python-'));
  const bin = (name: string): string => join(binaries, name);
  return {
    folder,
    /** Folder of the environment itself: read only. */
    environment: dirname(binaries),
    bin,
    run: (script: string, ...args: readonly string[]): string =>
      execFileSync(bin('python'), ['-c', script, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export function pythonWith(...packages: readonly string[]) {
  return pythonFrom({ packages });
}

/** With what writes tables of Delta and Iceberg, and DuckDB's extensions that read them. */
export function pythonWithTables() {
  return pythonWith(
    'deltalake==1.6.6',
    'pyarrow==26.0.1',
    'pyiceberg[sql-sqlite]==0.12.0',
    'duckdb-extension-delta==1.5.5',
    'duckdb-extension-avro==1.5.5',
    'duckdb-extension-iceberg==1.5.5',
  );
}
