import type { Rule } from '../format.ts';

const FOREIGN = 'Loading the model runs code that somebody else wrote, from its folder or from an address.';

export const CONFIG_RULES: readonly Rule[] = [
  { id: 'config-remote-code', title: 'A configuration that names code to load', why: FOREIGN },
  {
    id: 'config-import',
    title: 'A configuration that names a module of no listed library',
    why: FOREIGN,
    cves: ['CVE-2025-23304'],
  },
  {
    id: 'config-template',
    title: 'A chat template that does more than to format messages',
    why: 'The template is a program: where its renderer has no sandbox, it reaches the interpreter.',
    cves: ['CVE-2024-34359'],
  },
  {
    id: 'config-path',
    title: 'A path that leaves the folder of the model',
    why: 'Other files of the machine that loads the model are read.',
    cves: ['CVE-2024-37032'],
  },
  {
    id: 'mlflow-code',
    title: 'An MLflow model that brings code of its own',
    why: FOREIGN,
  },
  {
    id: 'requirements-source',
    title: 'A requirement from elsewhere than the package index',
    why: 'Installing it runs code from an address or a folder that the file names.',
  },
  {
    id: 'package-build',
    title: 'A package that runs code of its own while it is built',
    why: 'Whoever installs the folder runs that code.',
  },
  {
    id: 'yaml-python-tag',
    title: 'YAML with tags that make objects',
    why: 'Readers that know the tag import and call what it names, or read another file.',
    cves: ['CVE-2020-1747'],
  },
  {
    id: 'keras-lambda',
    title: 'A Lambda layer',
    why: 'It holds bytecode of Python, which runs when the model is loaded or used.',
    cves: ['CVE-2024-3660', 'CVE-2025-9905'],
  },
  {
    id: 'keras-import',
    title: 'A class or function of no listed module of Keras',
    why: 'The loader imports the module and calls what the configuration names.',
    cves: ['CVE-2025-1550', 'CVE-2025-8747', 'CVE-2025-9906'],
  },
  {
    id: 'keras-loader',
    title: 'A layer that loads another file or executes another program',
    why: 'Safe loading of Keras does not hold for what the layer loads.',
    cves: ['CVE-2025-12058', 'CVE-2025-49655'],
  },
  {
    id: 'keras-custom-object',
    title: 'A class or function that is not part of Keras',
    why: 'It loads only where somebody else’s code is registered, which no scan of the model reads.',
  },
];
