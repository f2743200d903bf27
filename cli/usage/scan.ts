import type { CommandUsage } from '../command.ts';

export const scan: CommandUsage = {
  name: 'scan',
  usage: 'trainyard scan PATH… [--json | --markdown] [--sarif F] [--policy FILE] [--timeout SECONDS]',
  summary: 'Scan model files and folders without loading any of them.',
  details:
    'Exit code 0 only if everything was scanned and is clean, 1 for findings, 2 for what could not be scanned. Files are told by their content, not by their name; docs/scanner.md says which formats it knows and what it looks for.',
  options: [
    ['-p, --path PATH', 'the same as PATH, as picklescan and modelscan have it'],
    ['--json', 'print every file with its verdict, as JSON'],
    ['--markdown', 'print tables, as for the summary of a job'],
    ['--sarif F', 'also write SARIF 2.1.0, for code scanning'],
    ['--policy FILE', 'findings that count for nothing (waivers), by rule and digest of the file'],
    ['--timeout SECONDS', 'end as not scanned after this long (600)'],
  ],
  examples: [
    ['trainyard scan model.pkl', 'one file; exit code 0, 1 or 2'],
    ['trainyard scan models/ --sarif scan.sarif', 'every file below a folder, also as SARIF'],
    ['trainyard scan models/ --json', 'each file with its verdict, for a program to read'],
  ],
};
