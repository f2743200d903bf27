import type { Note } from '../format.ts';
import { gradeOf } from '../pickle/globals.ts';
import { configNote, isMapping, type Mapping } from './note.ts';

const FIX = 'Leave weights alone (safetensors, ONNX), or name a class of a listed library.';
/** Classes by their full name in ordinary configurations. Capitals tell a class from the modules that a module imports. */
const CLASSES = [
  /^torch\.(?:nn|optim|optim\.lr_scheduler|utils\.data)\.[A-Z]\w*$/,
  /^torch\.nn\.modules\.(?:activation|linear)\.[A-Z]\w*$/,
  /^(?:pytorch_lightning|lightning|lightning\.pytorch)\.(?:(?:callbacks|loggers|strategies|profilers)\.)?[A-Z]\w*$/,
  /^hydra\._internal\.core_plugins\.basic_(?:launcher\.BasicLauncher|sweeper\.BasicSweeper)$/,
  // Of Stable Diffusion.
  /^(?:ldm|sgm)(?:\.[a-z]\w*)+\.[A-Z]\w*$/,
];
const ACTIVATIONS = [
  'activation_function',
  'activation_fn',
  'default_activation_function',
  'sbert_ce_default_activation_function',
] as const;
/** What `jsonpickle` imports, calls or evaluates. */
const PICKLED = /^py\/(?:object|reduce|type|function|repr|method|mod|newargs|newargsex|newobj|initargs)$/;
/** Types of Python itself in the schema of skops. */
const PLAIN = new Set('bool bytearray bytes complex dict float int list range set slice str tuple type'.split(' '));
/** Functions of NumPy that work on each item. */
const UFUNCS = new Set(
  `abs absolute arctan cbrt cos cosh exp exp2 expm1 fabs log log10 log1p log2 negative positive reciprocal rint sign sin
  sinh sqrt square tan tanh`.split(/\s+/),
);
/** Handlers that are part of TorchServe. */
const HANDLERS = new Set(
  'image_classifier image_segmenter object_detector text_classifier base_handler vision_handler'.split(' '),
);
const RANDOM = new Set(['numpy.random.mtrand.RandomState', 'numpy.random._generator.Generator']);

/**
 * Objects that a configuration names by the full name of a class or function, which the loader imports and calls: Hydra
 * (`_target_`), jsonargparse (`class_path`), Stable Diffusion (`target`, `params`), activations of sentence-transformers,
 * jsonpickle, the schema of skops, LangChain (`lc`) and TorchServe (`handler`).
 */
export function targetNotes(object: Mapping): readonly Note[] {
  return [
    ...instances(object),
    ...activations(object),
    ...jsonPickled(object),
    ...skops(object),
    ...constructed(object),
    ...served(object),
  ];
}

function imports(key: string, evidence: unknown): Note {
  const message = `"${key}" names what the loader imports and calls, and it is of no listed library`;
  return configNote('config-import', 'high', message, FIX, evidence);
}

function isListed(name: unknown): boolean {
  return typeof name === 'string' && CLASSES.some((pattern) => pattern.test(name));
}

function instances(object: Mapping): readonly Note[] {
  const notes: Note[] = [];
  const { _target_: hydra, class_path: path, target, params } = object;
  if (hydra !== undefined && hydra !== null && !isListed(hydra)) notes.push(imports('_target_', hydra));
  const dotted = typeof path === 'string' && path.includes('.');
  if (dotted && !/[\\/\s]/.test(path) && !isListed(path)) notes.push(imports('class_path', path));
  const named = typeof target === 'string' && /^[\w.]+\.\w+$/.test(target);
  if (named && isMapping(params) && !isListed(target)) notes.push(imports('target', target));
  return notes;
}

/** What `langchain_core.load` makes: an object of any of its packages by path, which it imports, with secrets of the environment. */
function constructed({ lc, type, id }: Mapping): readonly Note[] {
  if (lc === undefined || !Array.isArray(id) || (type !== 'constructor' && type !== 'secret')) return [];
  return [imports('id', id.join('.'))];
}

/** Python beside the model that TorchServe runs (`MANIFEST.json`); handlers of its own have a plain name. */
function served({ handler, serializedFile, modelName }: Mapping): readonly Note[] {
  if (serializedFile === undefined && modelName === undefined) return [];
  return typeof handler === 'string' && !HANDLERS.has(handler) ? [imports('handler', handler)] : [];
}

function activations(object: Mapping): readonly Note[] {
  return ACTIVATIONS.flatMap((key) => {
    const name = object[key];
    return typeof name === 'string' && name.includes('.') && !isListed(name) ? [imports(key, name)] : [];
  });
}

function jsonPickled(object: Mapping): readonly Note[] {
  const key = Object.keys(object).find((name) => PICKLED.test(name));
  return key === undefined ? [] : [imports(key, object[key])];
}

/** `schema.json` of skops, whose loader asks its caller to trust what it does not know. */
function skops({ __module__: module, __class__: name, __loader__: loader, content }: Mapping): readonly Note[] {
  if (typeof loader !== 'string' || (module === undefined && name === undefined)) return [];
  if (loader === 'MethodNode' || loader === 'OperatorFuncNode') return [imports('__loader__', loader)];
  // A function is named once more, and that name is the one that counts.
  const called = loader === 'FunctionNode' && isMapping(content) ? [[content.module_path, content.function]] : [];
  return [[module, name], ...called].flatMap(([from, what]) =>
    isOrdinary(from, what) ? [] : [imports('__module__', { module: from, name: what })],
  );
}

function isOrdinary(module: unknown, name: unknown): boolean {
  if (typeof module !== 'string' || typeof name !== 'string') return false;
  if (module === 'builtins') return PLAIN.has(name);
  if (module === 'numpy' && UFUNCS.has(name)) return true;
  if (RANDOM.has(`${module}.${name}`)) return true;
  const grade = gradeOf(module, name);
  return grade !== null && grade !== 'checked';
}
