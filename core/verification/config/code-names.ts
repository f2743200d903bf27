import type { Note } from '../format.ts';
import { configNote, isMapping, type Mapping } from './note.ts';

/** A function or class by its full name, as `a.b.C` or `a.b:C`. */
const FULL = /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*(?:[.:][A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)(?:\(\))?$/;
/** Keys that name what a loader imports by its full name, whatever stands beside them. */
const CERTAIN =
  /^(?:_target_|__target__|\(\)|entry_?points?|callable|import_?(?:path|string)|_class_path|factory_path|service|implementation|custom_?(?:modules?|objects?|models?|handlers?)|callbacks|middleware|worker(?:[_-]extension)?[_-]cls|scheduler[_-]cls|logits[_-]processors|kv_connector_module_path|(?:tool|reasoning)[_-]parser[_-]plugin|reward_func(?:tion)?s)$/i;
/** Keys of modules or folders of modules that are imported, also without a dot in their names. */
const MODULES = /^(?:user_(?:dir|module)|include_?packages?|plugin_?(?:dir|path|module)s?|import_name)$/i;
/** Words of keys that name code where arguments for it stand beside them. */
const CODE =
  /^_*(?:[\w-]*_)?(?:class|cls|type|target|callable|function|func|fn|factory|builder|constructor|impl|implementation|module|plugin|hook|callback|handler|predictor|wrapper)_*$/i;
const ARGUMENTS = /^_*(?:(?:init_?)?(?:args|arguments|kwargs|params|parameters)|kwds|paramMap)_*$/i;
/** A script beside the configuration, and what is taken from it. */
const SCRIPT = /^[\w./\\-]+\.py(?::\w+)?$/;
const SCRIPTED =
  /^(?:predict(?:or)?|handler|service|entry_?point|_target_|custom_?(?:module|model)|\w+_(?:script|hook|module|function|handler))$/i;
/** Keys of texts that people write. */
export const PROSE =
  /text|content|answer|question|prompt|label|token|word|vocab|merges|title|description|output|response|completion|doc|comment|example|query|sentence|source|code|pattern|name$/i;
/** Modules of Python whose functions reach the system, the interpreter or other programs. */
const REACHES =
  /^(?:builtins|__builtin__|os|posix|nt|subprocess|sys|shutil|importlib|runpy|pty|ctypes|marshal|c?pickle|cloudpickle|dill|joblib|webbrowser|timeit|pdb|codeop|imp|multiprocessing|asyncio\.subprocess|torch\.(?:hub|load|jit|package|serialization)|numpy\.load)[.:][A-Za-z_]\w*(?:[.:]\w+)*(?:\(\))?$/;
const FILE =
  /\.(?:pkl|pt|pth|bin|json|ya?ml|txt|log|csv|md|py|so|dll|exe|zip|gz|tar|[cm]?[jt]s|html?|toml|ini|cfg|joblib|h5|onnx)$/i;
/** Parts of a full name that lead out of the library that it begins with. */
const LEADS_OUT =
  /[.:](?:os|sys|subprocess|shutil|importlib|builtins|runpy|pty|ctypes|pickle|marshal|socket|code|types|functools|operator|inspect|tempfile|pathlib|urllib|requests|joblib|dill|cloudpickle|__\w+)(?:[.:]|$)/;
/** Classes of libraries that ordinary configurations name: only by the module that has them, and with a capital. */
const LISTED = [
  /^torch\.(?:nn|optim|optim\.lr_scheduler|utils\.data)\.[A-Z]\w*$/,
  /^torch\.nn\.modules\.(?:activation|linear)\.[A-Z]\w*$/,
  /^(?:pytorch_lightning|lightning|lightning\.pytorch)\.(?:(?:callbacks|loggers|strategies|profilers)\.)?[A-Z]\w*$/,
  /^hydra\._internal\.core_plugins\.basic_(?:launcher\.BasicLauncher|sweeper\.BasicSweeper)$/,
  // Of Stable Diffusion.
  /^(?:ldm|sgm)(?:\.[a-z]\w*)+\.[A-Z]\w*$/,
  /^nemo\.collections\.(?:asr|audio|common|llm|multimodal|nlp|speechlm2?|tts|vlm)\.(?:data|losses|metrics|models|modules|parts)(?:\.[a-z]\w*)*\.[A-Z]\w*$/,
  /^logging\.(?:(?:Stream|Null|File)Handler|Formatter)$/,
  /^axolotl\.integrations(?:\.[a-z]\w*)*\.[A-Z]\w*$/,
  /^logging\.handlers\.(?:Timed)?RotatingFileHandler$/,
  /^(?:mlserver_(?:sklearn|xgboost|lightgbm|onnx|catboost)\.[A-Z]\w*)$/,
  /^(?:pyspark|org\.apache\.spark)\.ml(?:\.[a-z]\w*)*\.[A-Z]\w*$/,
  /^transformers\.[A-Z]\w*$/,
];

/** Whether a name is that of a class in an ordinary configuration. */
export function isListed(name: unknown): boolean {
  return typeof name === 'string' && !LEADS_OUT.test(name) && LISTED.some((pattern) => pattern.test(name));
}

/**
 * Names of code in a mapping of any configuration, whichever library reads it: under a key that says so, beside arguments
 * for what is named, and a function of Python itself that reaches the system under any key.
 */
export function codeNames(object: Mapping): readonly Note[] {
  // Keras names its objects so, and has a rule of its own.
  if ('class_name' in object) return [];
  const entries = Object.entries(object).filter(([key]) => key.length < 100);
  // Handlers of logging have theirs beside the class.
  const called =
    'formatter' in object ||
    'level' in object ||
    entries.some(([key, value]) => ARGUMENTS.test(key) && isObject(value));
  const notes: Note[] = [];
  for (const [key, value] of entries) {
    if (notes.length >= 20) break;
    for (const name of namesIn(value)) if (isCode(key, name, called) && !isListed(name)) notes.push(imports(key, name));
    if (key === 'custom_imports' && isMapping(value))
      for (const name of namesIn(value.imports)) notes.push(imports(key, name));
    if (/^entry_points?$/.test(key) && isMapping(value))
      for (const one of Object.values(value))
        if (isMapping(one) && typeof one.command === 'string') notes.push(runs(one.command));
    // Of axolotl.
    if (key === 'plugins' && 'base_model' in object)
      for (const name of namesIn(value)) if (FULL.test(name) && !isListed(name)) notes.push(imports(key, name));
    if (key === 'handlers' && isMapping(value))
      for (const one of Object.values(value))
        if (isMapping(one))
          for (const name of namesIn(one.class))
            if (FULL.test(name) && !isListed(name)) notes.push(imports('class', name));
  }
  return [...notes, ...reaching(entries), ...pairs(object, called)];
}

function isCode(key: string, name: string, called: boolean): boolean {
  if (CERTAIN.test(key) && (FULL.test(name) || /^_+target_+$/.test(key))) return true;
  if (MODULES.test(key) && /^[\w./\\~-]+$/.test(name)) return true;
  if (SCRIPTED.test(key) && SCRIPT.test(name)) return true;
  if (called && CODE.test(key) && FULL.test(name)) return true;
  return REACHES.test(name) && !FILE.test(name) && (CODE.test(key) || !PROSE.test(key));
}

function runs(command: string): Note {
  const fix = 'Leave the model without the project that made it.';
  return configNote('config-remote-code', 'high', 'a command that MLflow runs with the project', fix, command);
}

export function imports(key: string, evidence: unknown): Note {
  const message = `"${key.slice(0, 50)}" names what the loader imports and calls, and it is of no listed library`;
  const fix = 'Leave weights alone (safetensors, ONNX), or name a class of a listed library.';
  return configNote('config-import', 'high', message, fix, evidence);
}

function namesIn(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value.slice(0, 50) : [value];
  return list.filter((item): item is string => typeof item === 'string' && item.length < 500);
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/** Types of data. */
const PLAIN =
  /^(?:builtins|__builtin__)\.(?:bool|bytearray|bytes|complex|dict|float|frozenset|int|list|NoneType|object|range|set|slice|str|tuple)$/;
const MODULE = /^_*(?:module|mod|package|pkg|lib|library|import|from|namespace)(?:_?(?:name|path))?_*$/i;
const MEMBER =
  /^_*(?:name|qualname|(?:class|cls|func|function|fn|attr|attribute|type|method|callable|object|member)(?:_?name)?)_*$/i;

/** A module of Python that reaches the system, and what is taken from it, by whatever keys. */
function reaching(entries: readonly (readonly [string, unknown])[]): readonly Note[] {
  const of = (key: RegExp): readonly string[] =>
    entries.flatMap(([name, value]) =>
      key.test(name) && typeof value === 'string' && value.length < 200 ? [value] : [],
    );
  const members = of(MEMBER);
  return of(MODULE).flatMap((module) =>
    members
      .map((member) => `${module}.${member}`)
      .filter((name) => REACHES.test(name) && !PLAIN.test(name))
      .slice(0, 1)
      .map((name) => imports('module', name)),
  );
}

/** A module under one key, and what is taken from it under another. */
function pairs(object: Mapping, called: boolean): readonly Note[] {
  const module = object.module ?? object.module_name ?? object.module_path;
  const name = object.function ?? object.func ?? object.class ?? object.cls ?? object.attribute ?? object.attr;
  if (typeof module !== 'string' || typeof name !== 'string' || !called) return [];
  if (!/^[\w.]+$/.test(module) || !/^\w+$/.test(name) || FULL.test(module) || isListed(`${module}.${name}`)) return [];
  return [imports('module', `${module}.${name}`)];
}
