import { describe, expect, test } from 'vitest';
import { scanFiles } from '../../../../core/verification/scan.ts';
import { json } from '../configurations.ts';
import { fileOf, rulesOf } from '../samples.ts';

const verdict = (content: string): string => scanFiles([fileOf('file', content)]).verdict;
const OCI = 'application/vnd.ollama.image.model';
const DIGEST = `sha256:${'0a'.repeat(32)}`;

const CARD =
  '---\nlicense: mit\n---\n# A model\n\nIt says whether a text is kind.\n\n## How to run it\n\nFirst install it. Then:\n';

describe('what tools run beside a model is a finding', () => {
  test.each([
    ['scripts of npm', json({ name: 'x', scripts: { postinstall: 'sh -c id' } })],
    ['a workflow', 'on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n    - run: id\n'],
    ['a workflow that another has', 'on: push\njobs:\n  a:\n    uses: evil/x/.github/workflows/a.yml@main\n'],
    ['an action', 'name: x\nruns:\n  using: composite\n  steps: []\n'],
    ['services of Docker Compose', 'services:\n  a:\n    image: evil\n    command: sh -c id\n'],
    ['hooks of pre-commit', 'repos:\n- repo: local\n  hooks:\n  - id: x\n    entry: id\n'],
    ['tasks of an editor', json({ tasks: [{ label: 'x', command: 'id', runOptions: { runOn: 'folderOpen' } }] })],
    ['a development container', json({ image: 'x', postCreateCommand: 'id' })],
    ['containers of Kubernetes', 'apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: evil\n'],
    ['a sweep', 'program: evil.py\nmethod: grid\n'],
    ['the image of a project of MLflow', 'name: x\ndocker_env:\n  image: evil\n'],
    ['a trial of NNI', 'trialCommand: sh -c id\n'],
    ['a program of the desktop', '[Desktop Entry]\nType=Application\nExec=sh -c id\n'],
    ['a service', '[Service]\nExecStart=/bin/sh -c id\n'],
    ['the configuration of git', '[core]\n\tfsmonitor = "id"\n'],
    ['filters of git', '[filter "x"]\n\tsmudge = id\n'],
    ['commands of tox', '[testenv]\ncommands = id\n'],
    ['a variable of conda', 'channels: [defaults]\ndependencies: [python]\nvariables:\n  LD_PRELOAD: x.so\n'],
    ['a variable in a list', 'a:\n  environment:\n  - PYTHONSTARTUP=x.py\n'],
    ['a variable of a shell', 'MODEL=x\nexport LD_PRELOAD=/tmp/x\n'],
    ['a variable behind comments', '# of the server\n\n# more\n# words\nPIP_INDEX_URL=https://evil.example/simple\n'],
    ['a library of ONNX Runtime', json({ model: { decoder: { session_options: { custom_ops_library: 'evil.so' } } } })],
  ])('%s', (_, content) => {
    expect(rulesOf(Buffer.from(content))).toContain('config-remote-code');
  });

  test.each([
    ['a package', json({ name: 'x', scripts: { build: 'tsc', test: 'vitest' } })],
    ['attributes of git', '*.safetensors filter=lfs diff=lfs merge=lfs -text\n'],
    ['services of another kind', json({ services: [{ name: 'x' }], jobs: 3, stages: ['a'] })],
    ['endings of libraries', json({ extensions: ['.so', '.dll'], library: '.so' })],
    ['a remote of git', '[remote "origin"]\n\turl = https://example.com/x\n'],
    ['a bill of materials', json({ compositions: [{ aggregate: 'complete', dependencies: ['pkg:pypi/x@1.0'] }] })],
    ['a vocabulary', json({ LD_PRELOAD: 5, postCreateCommand: 6 })],
    [
      'a card that shows a shell',
      `${CARD}\nexport PYTHONPATH=$PYTHONPATH:.\nLD_PRELOAD=libtcmalloc.so python serve.py\n`,
    ],
    ['a card that shows a Modelfile', `${CARD}\nFROM /path/to/model.gguf\nPARAMETER temperature 1\n`],
  ])('%s is clean', (_, content) => {
    expect(verdict(content)).toBe('clean');
  });
});

describe('a path out of the model is a finding', () => {
  test.each([
    ['the weights of an index', json({ metadata: {}, weight_map: { a: '../../x.bin' } })],
    ['the weights of TensorFlow.js', json({ weightsManifest: [{ paths: ['/etc/passwd'], weights: [] }] })],
    ['a digest of Ollama', json({ layers: [{ mediaType: OCI, digest: 'sha256:../../../etc/passwd', size: 1 }] })],
    ['a layer of Ollama', json({ layers: [{ mediaType: OCI, from: '/etc/passwd', digest: DIGEST }] })],
    ['a Modelfile', 'FROM /root/.ssh/id_rsa\nPARAMETER temperature 1\n'],
    ['a Modelfile behind comments', '# A model\n\n  # of ours\nFROM ~/x.gguf\n'],
    ['an adapter of a Modelfile', 'FROM llama3\nADAPTER ../../x\n'],
    ['what Hydra searches', 'hydra:\n  searchpath:\n  - file:///tmp/conf\n'],
    ['a module that Hydra searches', 'hydra:\n  searchpath:\n  - pkg://evil.conf\n'],
    ['what Gin includes', "include '../../x.gin'\nmodel.size = 3\n"],
    ['a template of LangChain', json({ _type: 'prompt', template_path: '/etc/passwd' })],
  ])('%s', (_, content) => {
    expect(rulesOf(Buffer.from(content))).toContain('config-path');
  });

  test.each([
    ['an index', json({ weight_map: { a: 'model-00001-of-00002.safetensors', b: 'parts/b.bin' } })],
    ['TensorFlow.js', json({ weightsManifest: [{ paths: ['group1-shard1of1.bin'], weights: [] }] })],
    ['a manifest', json({ layers: [{ mediaType: OCI, digest: DIGEST, size: 1 }] })],
    ['a Modelfile', 'FROM ./model.gguf\nPARAMETER temperature 1\nTEMPLATE """{{ .Prompt }}"""\n'],
    ['Gin', "include 'base.gin'\ntrain.optimizer = @Adam()\nAdam.rate = 0.1\n"],
  ])('%s within is clean', (_, content) => {
    expect(verdict(content)).toBe('clean');
  });
});

test.each([
  ['a function of Python in Gin', 'train.optimizer = @os.system()\nos.system.command = "id"\n'],
  ['a component of Rasa', 'recipe: default.v1\npipeline:\n- name: evil_pkg.module.Component\n'],
  ['a chain of LangChain', json({ _type: 'llm_bash_chain', llm: { _type: 'openai' } })],
  ['a resolver that evaluates', "a: ${eval:\"__import__('os').system('id')\"}\n"],
  ['the core of an adapter', json({ peft_type: 'LORA', megatron_core: 'evil.core' })],
  ['a router of sentence-transformers', json({ types: { query: 'evil.Module' }, structure: { query: ['query'] } })],
])('%s is imported', (_, content) => {
  expect(rulesOf(Buffer.from(content))).toContain('config-import');
});

test.each([
  ['an option of a server', 'model: a/b\ntrust-remote-code: true\n'],
  [
    'a part of a modular pipeline',
    json({ _diffusers_version: '0.36', unet: ['diffusers', 'UNet', { repo: 'a/b', type_hint: ['evil', 'UNet'] }] }),
  ],
])('%s is code of others', (_, content) => {
  expect(rulesOf(Buffer.from(content))).toContain('config-remote-code');
});

test('requirements of a package of spaCy from elsewhere are findings, and others are not', () => {
  const meta = (requirement: string): string => json({ lang: 'en', requirements: [requirement] });
  expect(rulesOf(Buffer.from(meta('evil @ https://example.com/x')))).toContain('requirements-source');
  expect(verdict(meta('spacy-transformers>=1.1.2,<1.2.0'))).toBe('clean');
});

test('tokens that are internals of Python are findings, and others are not', () => {
  const template = '{{ messages[0][mark] }}';
  const given = (mark: string): string => json({ chat_template: template, extra_special_tokens: { mark } });
  expect(rulesOf(Buffer.from(given('__class__')))).toEqual(['config-template']);
  expect(rulesOf(Buffer.from(json({ chat_template: 'a', bos_token: { content: '__mro__' } })))).toEqual([
    'config-template',
  ]);
  expect(verdict(given('__en__'))).toBe('clean');
});

test('a class of Keras that is no name is a finding', () => {
  const layer = { module: 'keras.layers', class_name: ['Lambda'], config: {} };
  expect(rulesOf(Buffer.from(json({ layers: [layer] })))).toEqual(['keras-custom-object']);
});

describe('a model card', () => {
  test.each([
    ['a script', '# Model\n\n<script>alert(1)</script>\n'],
    ['a handler of an event', '# Model\n\n<img src=x onerror=alert(1)>\n'],
    ['an address that is a program', '# Model\n\n[more](javascript:alert(1))\n'],
    ['one behind its front matter', '---\nlicense: mit\n---\n<a href="javascript:alert(1)">x</a>\n'],
    ['a page in a page', '# Model\n\n<iframe srcdoc="<p>x</p>"></iframe>\n'],
  ])('with %s is a finding', (_, content) => {
    expect(rulesOf(Buffer.from(content))).toEqual(['markup']);
  });

  test.each([
    ['a script in a code block', '# Model\n\n```html\n<script>alert(1)</script>\n```\n\nWrite `<script>` for it.\n'],
    ['a folder of scripts', '# Model\n\n[more](javascript/README.md)\n'],
    ['pictures', '# Model\n\n<img src="x.png" width="100">\n<video src="x.mp4" controls></video>\n'],
  ])('with %s is clean', (_, content) => {
    expect(verdict(content)).toBe('clean');
  });
});
