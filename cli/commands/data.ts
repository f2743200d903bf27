import { availableParallelism, freemem } from 'node:os';
import { duckDbEngines } from '../../adapters/duckdb/engine.ts';
import type { DataReport } from '../../core/data/report/data-report.ts';
import { reportToHtml } from '../../core/reports/data/html.ts';
import { reportToJson } from '../../core/reports/data/json.ts';
import { reportToJunit } from '../../core/reports/data/junit.ts';
import { reportToSarif } from '../../core/reports/data/sarif.ts';
import { reportToLines } from '../../core/reports/data/terminal-report.ts';
import { terminalLine } from '../../core/reports/terminal.ts';
import { suggestion } from '../../core/suggest.ts';
import { checkData } from '../../flows/check-data/check-data.ts';
import type { OtherData } from '../../flows/check-data/others.ts';
import type { EngineLimits } from '../../flows/check-data/ports.ts';
import { readArguments, readSeconds } from '../arguments.ts';
import { type CliEnvironment, CliError, type RunCommand } from '../command.ts';
import { readContract } from '../data-contract.ts';
import { initContract } from '../data-init.ts';
import { DATA_MEMORY } from '../data-limits.ts';
import { profileOfData, readProfile } from '../data-profile.ts';
import { sourcesOf } from '../data-sources.ts';
import { writeReport } from '../file-trouble.ts';
import { versionOf } from '../version.ts';

const CODES = { passed: 0, failed: 1, not_checked: 2 } as const;

/** `trainyard data check`: the same checks as in CI, on a file of this machine. */
export const data: RunCommand = async (args, environment) => {
  if (args[0] === 'init') return initContract(args, environment);
  if (args[0] === 'profile') return profileOfData(args, environment);
  if (args[0] === undefined || (args[0] !== 'check' && !args[0].startsWith('-'))) throw wrongVerb(args[0]);
  const { values, positionals } = readArguments(
    args,
    {
      contract: { type: 'string' },
      base: { type: 'string' },
      'base-profile': { type: 'string' },
      with: { type: 'string', multiple: true },
      overlap: { type: 'string', multiple: true },
      dataset: { type: 'string' },
      json: { type: 'boolean' },
      html: { type: 'string' },
      sarif: { type: 'string' },
      junit: { type: 'string' },
      memory: { type: 'string' },
      timeout: { type: 'string' },
    },
    ['check', 'FILE'],
  );
  const [verb, file = ''] = positionals;
  if (verb !== 'check') throw wrongVerb(verb);
  if (values.contract === undefined)
    throw new CliError(
      'usage',
      `--contract is missing: name the data contract, or write one with trainyard data init ${file}`,
    );
  const stored = values['base-profile'];
  if (values.base !== undefined && stored !== undefined)
    throw new CliError('usage', '--base and --base-profile are two ways to say the same: give one');
  const contract = await readContract(environment, values.contract, file, values.dataset);
  const files = sourcesOf(environment);
  try {
    const report = await checkData(
      {
        dataset: values.dataset ?? contract.name,
        data: file,
        contract,
        contractFile: values.contract,
        base: values.base ?? null,
        baseProfile: stored === undefined ? null : await readProfile(environment, stored),
        others: (values.with ?? []).map(otherData),
        apartFrom: (values.overlap ?? []).map((path) => ({ name: path, data: path })),
        now: environment.now(),
        limits: {
          ...memoryOf(values.memory),
          threads: Math.min(availableParallelism(), 16),
          seconds: readSeconds(values.timeout, 600),
          temporaryMb: 65_536,
        },
        today: environment.now().toISOString().slice(0, 10),
      },
      { engines: duckDbEngines(), files },
    );
    await writeReports(environment, report, values);
    if (values.json === true) environment.out(reportToJson(report));
    else {
      const call = { data: file, contract: values.contract };
      for (const line of reportToLines(report, call)) environment.out(terminalLine(line));
    }
    return CODES[report.status];
  } finally {
    await files.close();
  }
};

function wrongVerb(verb: string | undefined): CliError {
  const got = verb === undefined ? 'nothing' : `${verb}${suggestion(verb, ['check', 'profile', 'init'])}`;
  return new CliError('usage', `expected check, profile or init, got ${got}`);
}

/** `NAME=FILE`: another dataset, under the name by which the contract speaks of it. */
function otherData(text: string): OtherData {
  const at = text.indexOf('=');
  if (at < 1 || at === text.length - 1)
    throw new CliError('usage', `--with takes NAME=FILE, such as carriers=data/carriers.csv, not ${text}`);
  return { name: text.slice(0, at), data: text.slice(at + 1) };
}

function memoryOf(text: string | undefined): Pick<EngineLimits, 'memoryMb' | 'wideMemoryMb'> {
  if (text === undefined) {
    const half = Math.max(256, Math.floor(freemem() / 2 ** 20 / 2));
    const { memoryMb, wideMemoryMb } = DATA_MEMORY;
    return { memoryMb: Math.min(memoryMb, half), wideMemoryMb: Math.min(wideMemoryMb, half) };
  }
  const memory = Number(text);
  if (!/^\d{1,7}$/.test(text) || memory < 64)
    throw new CliError('usage', `--memory takes mebibytes, 64 or more, not ${text}`);
  return { memoryMb: memory };
}

async function writeReports(
  environment: CliEnvironment,
  report: DataReport,
  to: { readonly html?: string | undefined; readonly sarif?: string | undefined; readonly junit?: string | undefined },
): Promise<void> {
  const write = (flag: string, path: string | undefined, text: () => string): Promise<void> =>
    path === undefined ? Promise.resolve() : writeReport(environment, flag, path, text());
  await write('--html', to.html, () => reportToHtml(report));
  await write('--sarif', to.sarif, () => reportToSarif(report, { version: versionOf() }));
  await write('--junit', to.junit, () => reportToJunit(report));
}
