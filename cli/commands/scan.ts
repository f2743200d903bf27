import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { type FoundFiles, findFiles, PathError, scanFound } from '../../adapters/archives/files-to-scan.ts';
import { terminalLine, terminalText } from '../../core/reports/terminal.ts';
import { scanToJson } from '../../core/verification/output/json.ts';
import { scanToMarkdown } from '../../core/verification/output/markdown.ts';
import { scanToSarif } from '../../core/verification/output/sarif.ts';
import { scanToLines } from '../../core/verification/output/terminal.ts';
import type { Waiver } from '../../core/verification/waiver.ts';
import { judgeScan, MAX_SCAN_POLICY, parseScanPolicy } from '../../core/verification/waivers.ts';
import { readOptions, readSeconds } from '../arguments.ts';
import { type CliEnvironment, CliError, type RunCommand } from '../command.ts';
import { writeReport } from '../file-trouble.ts';
import { versionOf } from '../version.ts';

const CODES = { clean: 0, findings: 1, not_scanned: 2 } as const;

/** `trainyard scan`: models and all other files, by content, without loading any of them. */
export const scan: RunCommand = async (args, environment) => {
  const { values, positionals } = readOptions(args, {
    // As picklescan and modelscan take it, so that a script goes on.
    path: { type: 'string', short: 'p', multiple: true },
    json: { type: 'boolean' },
    markdown: { type: 'boolean' },
    sarif: { type: 'string' },
    policy: { type: 'string' },
    timeout: { type: 'string' },
  });
  const paths = [...(values.path ?? []), ...positionals];
  if (paths.length === 0) throw new CliError('usage', 'expected PATH…, got nothing');
  if (values.json === true && values.markdown === true)
    throw new CliError('usage', '--json and --markdown both print to the terminal: give one');
  const waivers = values.policy === undefined ? [] : readWaivers(environment, values.policy);
  const deadline = environment.now().getTime() + readSeconds(values.timeout, 600) * 1000;
  const expired = (): boolean => environment.now().getTime() >= deadline;
  const found = await find(environment, paths, expired);
  try {
    const report = scanFound(found, expired);
    const judged = judgeScan(report, waivers, environment.now().toISOString().slice(0, 10));
    if (values.sarif !== undefined)
      await writeReport(environment, '--sarif', values.sarif, scanToSarif(judged, { version: versionOf() }));
    if (values.json === true) environment.out(scanToJson(judged));
    else if (values.markdown === true) environment.out(terminalText(scanToMarkdown(judged)));
    else for (const line of scanToLines(judged)) environment.out(terminalLine(line));
    return CODES[judged.status];
  } finally {
    found.close();
  }
};

/** @throws CliError `unreadable` for a path that is not there, `usage` for standard input */
async function find(
  { directory }: CliEnvironment,
  paths: readonly string[],
  expired: () => boolean,
): Promise<FoundFiles> {
  if (paths.includes('-'))
    throw new CliError(
      'usage',
      'expected files and folders, got "-": standard input is not scanned; write it to a file',
    );
  try {
    return await findFiles(directory, paths, expired);
  } catch (cause) {
    if (cause instanceof PathError) throw new CliError('unreadable', cause.message, { cause });
    throw cause;
  }
}

/** @throws CliError `usage` for a policy that is none: nothing is waived by a file that nobody understands */
function readWaivers(environment: CliEnvironment, file: string): readonly Waiver[] {
  const place = resolve(environment.directory, file);
  const text = readPolicy(place, file);
  const parsed = parseScanPolicy(text);
  if (parsed.ok) return parsed.policy.waivers;
  throw new CliError(
    'usage',
    `${file} is no scan policy: ${parsed.problems.slice(0, 10).join('; ')} (see docs/scanner.md)`,
  );
}

function readPolicy(place: string, file: string): string {
  try {
    if (statSync(place).size > MAX_SCAN_POLICY)
      throw new CliError('usage', `${file}: at most ${MAX_SCAN_POLICY} bytes`);
    return readFileSync(place, 'utf8');
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    throw new CliError('unreadable', `${file} can't be read`, { cause });
  }
}
