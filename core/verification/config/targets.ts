import type { Note } from '../format.ts';
import { gradeOf } from '../pickle/globals.ts';
import { codeNames, imports, isListed } from './code-names.ts';
import { configNote, isMapping, leavesFolder, type Mapping } from './note.ts';

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
const ENVELOPES = new Set('json body kserve kservev2 seldon'.split(' '));
const CHAINS =
  /^(?:llm_bash_chain|llm_math_chain|llm_requests_chain|pal_chain|api_chain|sql_database_chain|graph_cypher_chain|openapi_endpoint_chain|python_repl)$/;
const EVALUATED = /\$\{eval:[^}]*(?:__|\b(?:import|exec|eval|open|compile|getattr|os|sys|subprocess)\b)/;
const RANDOM = new Set(['numpy.random.mtrand.RandomState', 'numpy.random._generator.Generator']);

/**
 * Objects that a configuration names by the full name of a class or function, which the loader imports and calls: Hydra
 * (`_target_`), jsonargparse (`class_path`), Stable Diffusion (`target`, `params`), activations of sentence-transformers,
 * jsonpickle, the schema of skops, LangChain (`lc`) and TorchServe (`handler`), and any other by
 * the words of its keys.
 */
export function targetNotes(object: Mapping): readonly Note[] {
  return [
    ...codeNames(object),
    ...instances(object),
    ...activations(object),
    ...jsonPickled(object),
    ...skops(object),
    ...constructed(object),
    ...served(object),
    ...chained(object),
    ...components(object),
    ...evaluated(object),
  ];
}

function instances(object: Mapping): readonly Note[] {
  const notes: Note[] = [];
  const { class_path: path, target } = object;
  const dotted = typeof path === 'string' && path.includes('.');
  if (dotted && !/[\\/\s]/.test(path) && !isListed(path)) notes.push(imports('class_path', path));
  // A class by its full name, as NeMo and Stable Diffusion have it.
  const named = typeof target === 'string' && /^[a-z]\w*(?:\.\w+)*\.[A-Z]\w*$/.test(target);
  if (named && !isListed(target)) notes.push(imports('target', target));
  return notes;
}

/** What `langchain_core.load` makes: an object of any of its packages by path, which it imports, with secrets of the environment. */
function constructed({ lc, type, id }: Mapping): readonly Note[] {
  if (lc === undefined || !Array.isArray(id) || (type !== 'constructor' && type !== 'secret')) return [];
  return [imports('id', id.join('.'))];
}

/** Chains of LangChain that run what a model answers, or read files, by the name of their kind (`langchain.chains.loading`). */
function chained({ _type: kind, template_path: template }: Mapping): readonly Note[] {
  if (typeof kind !== 'string') return [];
  const chains = CHAINS.test(kind) ? [imports('_type', kind)] : [];
  const fix = 'Name a file inside of the model.';
  const outside = typeof template === 'string' && leavesFolder(template);
  return outside ? [...chains, configNote('config-path', 'high', 'a template from elsewhere', fix, template)] : chains;
}

/** Components of Rasa by their full name; its own have none. */
function components({ pipeline, policies }: Mapping): readonly Note[] {
  return [pipeline, policies].flatMap((list) =>
    (Array.isArray(list) ? list.slice(0, 100) : []).flatMap((one: unknown) => {
      const name = isMapping(one) ? one.name : undefined;
      const dotted = typeof name === 'string' && /^[A-Za-z_]\w*(?:\.\w+)+$/.test(name) && !/^rasa\./.test(name);
      return dotted ? [imports('name', name)] : [];
    }),
  );
}

/** Resolvers of OmegaConf that evaluate Python, where the text is more than arithmetic. */
function evaluated(object: Mapping): readonly Note[] {
  return Object.entries(object).flatMap(([key, value]) =>
    typeof value === 'string' && value.length < 10_000 && EVALUATED.test(value) ? [imports(key, value)] : [],
  );
}

/** Python beside the model that TorchServe runs (`MANIFEST.json`); handlers of its own have a plain name. */
function served({ handler, serviceEnvelope, serializedFile, modelName }: Mapping): readonly Note[] {
  if (serializedFile === undefined && modelName === undefined) return [];
  const notes = typeof handler === 'string' && !HANDLERS.has(handler) ? [imports('handler', handler)] : [];
  const own = typeof serviceEnvelope !== 'string' || ENVELOPES.has(serviceEnvelope);
  return own ? notes : [...notes, imports('serviceEnvelope', serviceEnvelope)];
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
