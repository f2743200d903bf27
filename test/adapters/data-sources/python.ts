import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A virtual environment with these packages from PyPI. */
export function pythonWith(...packages: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'python-'));
  execFileSync('python3', ['-m', 'venv', folder]);
  const bin = (name: string): string => join(folder, 'bin', name);
  execFileSync(bin('python'), ['-m', 'pip', 'install', '--quiet', ...packages], { stdio: 'pipe' });
  return {
    folder,
    bin,
    run: (script: string, ...args: readonly string[]): string =>
      execFileSync(bin('python'), ['-c', script, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
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
