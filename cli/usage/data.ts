import type { CommandUsage } from '../command.ts';

export const data: CommandUsage = {
  name: 'data',
  usage:
    'trainyard data check FILE --contract C [--base FILE | --base-profile P] [--with NAME=FILE] [--overlap FILE] [--dataset NAME] [--json] [--html F] [--sarif F] [--junit F] [--memory MB] [--timeout SECONDS]\ntrainyard data profile FILE --out P [--add P] [--contract C] [--dataset NAME] [--timeout SECONDS]\ntrainyard data init FILE [--out F] [--dataset NAME] [--from SCHEMA] [--timeout SECONDS]',
  summary: 'Check data against a contract and compare it with the base’s; profile it; write its contract.',
  details:
    'FILE is CSV, TSV, JSON Lines, JSON, Parquet or Arrow: a file, folder, glob or any other reference of docs/data-sources.md. check holds it to a data contract, and compares it with the base or with a stored profile of it; profile makes that profile; init writes the contract that the data meets, or that a Frictionless or JSON schema states. Exit code 0 only if everything was checked and is good, 1 for what is not, 2 for what could not be checked.',
  options: [
    ['--contract C', 'the data contract (Open Data Contract Standard v3)'],
    ['--base FILE', 'check: data to compare with, such as that of the main branch'],
    ['--base-profile P', 'check: a stored profile to compare with instead'],
    ['--with NAME=FILE', 'check: a dataset that the contract names, for keys and overlaps; may be repeated'],
    ['--overlap FILE', 'check: data that may share no row with FILE, such as a holdout; may be repeated'],
    ['--dataset NAME', 'which object of the contract describes the data, where it has several'],
    ['--json', 'check: print the report as JSON'],
    ['--html F', 'check: also write the full report as one HTML file'],
    ['--sarif F', 'check: also write SARIF 2.1.0, for code scanning'],
    ['--junit F', 'check: also write JUnit XML'],
    ['--memory MB', 'check: memory of the engine, beyond which it uses the disk (half of what is free)'],
    ['--timeout SECONDS', 'end as not checked after this long (600)'],
    ['--out F', 'profile, init: the file to write; init prints without it, and overwrites nothing'],
    ['--add P', 'profile: a profile whose rows are counted in'],
    ['--from SCHEMA', 'init: say what a Frictionless Table Schema or a JSON Schema says'],
  ],
  examples: [
    [
      'trainyard data init flights.csv --out flights.odcs.yaml',
      'write the contract that this data meets, to be edited',
    ],
    ['trainyard data check flights.csv --contract flights.odcs.yaml', 'hold the data to it'],
    [
      'trainyard data check flights.csv --contract flights.odcs.yaml --base main.csv --html report.html',
      'also compare it with other data, and write a report',
    ],
    [
      'trainyard data profile flights.csv --contract flights.odcs.yaml --out flights.profile.json',
      'keep what later checks compare with',
    ],
  ],
};
