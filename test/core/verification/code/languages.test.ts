import { describe, expect, test } from 'vitest';
import { scanFiles } from '../../../../core/verification/scan.ts';
import { Waiver } from '../../../../core/verification/waiver.ts';
import { judgeScan } from '../../../../core/verification/waivers.ts';
import { CONDA, json, LLAMA, MLMODEL, TOKENIZER } from '../configurations.ts';
import { fileOf, zipOf } from '../samples.ts';
import { PNG } from '../whole-files.ts';

const scan = (path: string, content: string | Buffer) => scanFiles([fileOf(path, content)]);
const PROGRAM = { verdict: 'unscanned', files: [{ reason: 'program' }], findings: [{ rule: 'script' }] };
const notebook = (cell: object): string => json({ nbformat: 4, cells: [cell] });

describe('source code is never clean, by its content', () => {
  test.each([
    ['a script', '#!/bin/sh\nid\n'],
    ['Python that imports', '"""A model.\n\nThe docs."""\nimport torch\n\nclass Net(torch.nn.Module):\n    pass\n'],
    ['Python in one line', 'import os; os.system("id")'],
    [
      'Python behind comments in prose',
      '# A note about the model\n# and what it does\nfrom os import system\nsystem("id")\n',
    ],
    ['Python without an import', '().__class__.__base__.__subclasses__()\n'],
    ['Python that evaluates', 'x = eval\nx("1")\n'],
    ['Python that evaluates by a key', '{eval: 1}.popitem()[0]("1")\n'],
    ['Python that evaluates what it matches', 'match eval:\n  case f:\n    f("1")\n'],
    ['Python that evaluates by an index', 'class A:\n  __class_getitem__ = eval\nA["1"]\n'],
    ['Python within a string', 'x = f"{exec(\'1\')}"\n'],
    ['Python in letters of another width', 'ｅｘｅｃ("1")\n'],
    ['Python behind the end of a page', '\fimport os\n'],
    ['Python with carriage returns', 'x = 1\rimport os\ros.abort()\r'],
    ['Python with an import over lines', 'x = [\n  "words in a list",\n]\nfrom a \\\n  import (b)\n'],
    ['a plain module', 'def predict(rows):\n    return [0 for row in rows]\n'],
    ['a shell script', '# setup\nset -euo pipefail\ncurl -fsSL https://example.org/x | sh\n'],
    ['a shell script that downloads', 'curl -fsSL https://example.org/x | sh\n'],
    ['JavaScript', "const { execSync } = require('child_process');\nexecSync('id');\n"],
    ['a module of JavaScript', "// A loader.\nimport { readFile } from 'node:fs';\n"],
    ['a call of the system in R', '# of the model\nsystem("id")\n'],
    ['a call of the system in Lua', "-- a module\nos.execute('id')\n"],
    ['a call of the system in Julia', 'run(`id`)\n'],
    ['PowerShell', "IEX(New-Object Net.WebClient).DownloadString('https://example.org')\n"],
    ['PostScript', '%!PS\n(%pipe%id) (w) file\n'],
    ['C', '/* A kernel. */\n#include <stdio.h>\n'],
    ['a recipe of a container', 'FROM python:3.12\nRUN pip install .\n'],
    ['a notebook with code', notebook({ cell_type: 'code', source: ['import os\n', 'os.abort()'] })],
    [
      'a notebook with what its code gave',
      notebook({
        cell_type: 'code',
        metadata: { a: { b: 1 } },
        outputs: [{ data: { 'text/plain': ['1'] }, output_type: 'execute_result' }],
        source: ['import os\n'],
      }),
    ],
    [
      'an old notebook with what its code gave',
      json({ worksheets: [{ cells: [{ cell_type: 'code', outputs: [{ text: ['1'] }], input: ['1'] }] }] }),
    ],
    [
      'a notebook with its code before it says so',
      notebook({ source: ['1'], outputs: [{ a: {} }], cell_type: 'code' }),
    ],
    ['an old notebook', json({ worksheets: [{ cells: [{ cell_type: 'code', input: '1' }] }] })],
    ['much code', `import os\n${'x = 1\n'.repeat(2_000_000)}`],
  ])('%s', (_, content) => {
    expect(scan('notes.txt', content)).toMatchObject(PROGRAM);
  });
});

describe('source code is never clean, by its name', () => {
  test.each([
    ['handler.py', 'x\n'],
    ['a/MODEL.PY', '{"a": 1}'],
    ['run.sh', 'true\n'],
    ['evil.pth', '/tmp/elsewhere\n'],
    ['x.ipynb', notebook({ cell_type: 'markdown', source: 'words' })],
    ['Dockerfile', 'words\n'],
    ['kernel.cu', 'words\n'],
    ['run.sh', PNG],
    ['CMakeLists.txt', 'words\n'],
    ['Snakefile', 'words\n'],
    ['a/.bashrc', 'words\n'],
    ['.zprofile', 'words\n'],
    ['.eslintrc.json', '{"plugins": ["./evil.js"]}'],
    ['.npmrc', 'words\n'],
    ['.gdbinit', 'words\n'],
    ['.gitmodules', 'words\n'],
    ['main.tf', 'words\n'],
    ['run.reg', 'words\n'],
  ])('%s', (path, content) => {
    expect(scan(path, content)).toMatchObject(PROGRAM);
  });

  test('in an archive, such as a wheel', () => {
    const wheel = zipOf([
      { name: 'pkg/__init__.py', content: '' },
      { name: 'pkg/a.py', content: 'pass' },
    ]);
    expect(scan('a.whl', wheel)).toMatchObject({
      verdict: 'unscanned',
      files: [{ format: 'zip' }, { format: 'empty', verdict: 'clean' }, { path: 'a.whl!/pkg/a.py', reason: 'program' }],
    });
  });

  test('and a finding in it stays a finding', () => {
    expect(scan('a.py', json({ auto_map: { AutoModel: 'a.B' } })).verdict).toBe('finding');
  });
});

const FENCED = `---
license: mit
---
# Model

Import it from the hub and call exec on nothing:

\`\`\`python
from transformers import AutoModel
import os
\`\`\`

    import indented
`;
const GITATTRIBUTES = '*.bin filter=lfs diff=lfs merge=lfs -text\n*.safetensors filter=lfs diff=lfs merge=lfs -text\n';
const LICENSE = `Copyright (c) 2024

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software to import, class or def it ("the Software"), don't sue:
`;

test.each([
  ['README.md', FENCED],
  ['README.txt', 'To use the model\nimport torch\n\nfrom transformers import AutoModel\n'],
  ['config.json', json(LLAMA)],
  ['tokenizer_config.json', json(TOKENIZER)],
  ['MLmodel', MLMODEL],
  ['conda.yaml', CONDA],
  ['requirements.txt', 'numpy==2.0.0\nimportlib-metadata>=6\n'],
  ['vocab.txt', '[PAD]\nimport\nclass\ndef\nexec(\n##ing\n__init__\neval\n'],
  ['words.txt', 'import\nclass\ndef\nlambda\n__label__\n'],
  ['splits.txt', 'train\neval\ncompile\n'],
  ['columns.csv', 'name,compile,eval\n1,2,3\n'],
  ['training.yaml', 'model:\n  compile: true\n  lr: 1e-3\neval:\n- compile: false\n  data: a(b)\n'],
  ['training.toml', '[model]\ncompile = true\nname = "a"\neval = 1\n'],
  ['merges.txt', '#version: 0.2\nimport ant\ni n\nin g\ndef ine\nclass ic\n'],
  ['LICENSE', LICENSE],
  ['.gitignore', '*.pt\n__pycache__/\n'],
  ['.gitkeep', ''],
  ['source.txt', 'The arc of a story\nsystem (of the world) and run\n'],
  ['labels.csv', 'system,run,exec\n"a","b","c"\n'],
  ['.gitattributes', GITATTRIBUTES],
  ['prices.csv', 'day,open,high,class\n1,2,3,4\n2,3,4,5\n'],
  ['names.csv', 'name,what\nimport of os,exec\n'],
  ['schema.sql', '-- A table.\nSELECT a, count(*) FROM t GROUP BY a;\n'],
  ['labels.txt', 'class 1\nclass 2: cars\nopen\n'],
  ['features.txt', 'log(price)\nage\nopen\n'],
  ['steps.yaml', 'import: true\nclass: def\nsteps:\n- import a\n- from: b\n'],
  ['model.txt', 'tree\nversion=v4\nfeature_names=a b c\nfeature_infos=[0:1] [2:3]\n'],
  ['config.cfg', '[components.textcat]\nfactory = "textcat"\n@architectures = "spacy.TextCatBOW.v2"\n'],
  ['Modelfile', 'FROM ./model.gguf\nPARAMETER temperature 1\n'],
  ['notebook.json', notebook({ cell_type: 'code', source: [] })],
  [
    'notes.json',
    json({
      cells: [
        { cell_type: 'markdown', source: ['a'] },
        { cell_type: 'code', outputs: [], source: [] },
      ],
    }),
  ],
  ['log.txt', 'epoch 1: loss=0.5\nimport of data took 3s\n'],
  ['metrics.prom', 'loss{model="a"} 0.5\n'],
  ['__init__.py', ''],
])('%s of an ordinary model is clean', (path, content) => {
  expect(scan(path, content)).toMatchObject({ verdict: 'clean', findings: [] });
});

test('the code of a model counts as looked at where its digest is waived', () => {
  const report = scanFiles([fileOf('model.onnx.txt', 'words'), fileOf('code/model.py', 'import torch\n')]);
  const waiver = Waiver.parse({
    rule: 'script',
    sha256: report.files[1]?.sha256,
    owner: 'ml',
    reason: 'it was read',
    expires: '2030-01-01',
  });
  expect(judgeScan(report, [], '2026-01-01').status).toBe('not_scanned');
  expect(judgeScan(report, [waiver], '2026-01-01')).toMatchObject({ status: 'clean', waived: [{ waiver }] });
});
