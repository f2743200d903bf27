import type { Note } from '../format.ts';
import { gradeOf } from '../pickle/globals.ts';
import { codeNames, imports, isListed, PROSE } from './code-names.ts';
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
/** Python in a text that reaches the system, the interpreter or what is imported, as readers evaluate it (YOLO, recipes). */
const REACHING =
  /(?<![\w.])(?:(?:os\.(?!path\b|environ\b|getenv\b|cpu_count\b)|(?:posix|subprocess|importlib|shutil|pty|ctypes|runpy|builtins)\.)[\w.]+|__import__|eval|exec|compile|globals|getattr)\s*\([^\n]*\)|\.\s*__(?:class|globals|builtins|subclasses|import)__/;
/** An expression of a bundle of MONAI, which is evaluated: what it imports, and what of that reaches the system. */
const EXPRESSION =
  /^\$\s*(?:import\s+\w|from\s+[\w.]+\s+import\s)|^\$[^\n]{0,500}?\b(?:os|sys|subprocess|importlib|builtins|shutil|runpy|pty|ctypes|pickle)\.[\w.]+\(|^\$\s*(?:torch\.(?:hub\.)?load|open|Path)\s*\(/;
/** SQL that calls Java or a program. */
const REFLECTS = /\b(?:try_)?reflect\s*\(|\bjava_method\s*\(|\busing\b|\b(?:add|create|load|insert|cache|set)\s/i;
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
    ...stated(object),
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
function chained(object: Mapping): readonly Note[] {
  const { _type: kind } = object;
  if (typeof kind !== 'string') return [];
  const chains = CHAINS.test(kind) ? [imports('_type', kind)] : [];
  const fix = 'Name a file inside of the model.';
  const outside = Object.entries(object)
    .filter(([key, value]) => /_path$|^examples$/.test(key) && typeof value === 'string' && leavesFolder(value))
    .map(([, value]) => configNote('config-path', 'high', 'a template from elsewhere', fix, value));
  return [...chains, ...outside];
}

/** A statement of SQL in a pipeline of Spark, which runs with the model. */
function stated({ class: name, paramMap: params }: Mapping): readonly Note[] {
  if (typeof name !== 'string' || !name.endsWith('.SQLTransformer') || !isMapping(params)) return [];
  const { statement } = params;
  return typeof statement === 'string' && REFLECTS.test(statement) ? [imports('statement', statement)] : [];
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

/** Resolvers of OmegaConf that evaluate Python, where the text is more than arithmetic; expressions of others. */
function evaluated(object: Mapping): readonly Note[] {
  return Object.entries(object)
    .flatMap(([key, value]) => {
      const resolved = typeof value === 'string' && value.length < 10_000 && EVALUATED.test(value);
      if (resolved) return [imports(key, value)];
      // Prose that is read as YAML has other keys, and a chat template is judged as one.
      if (
        !/^[\w.-]{1,60}$/.test(key) ||
        key === 'chat_template' ||
        (PROSE.test(key) && !/^(?:source_?)?code$/i.test(key))
      )
        return [];
      return textsIn(value, 0)
        .filter(isExpression)
        .slice(0, 1)
        .map((text) => imports(key, text));
    })
    .slice(0, 20);
}

/** One line: programs and what people write of them are longer. */
function isExpression(text: string): boolean {
  return text.length < 1000 && !text.includes('\n') && (REACHING.test(text) || EXPRESSION.test(text));
}

/** A text, or those in lists. */
function textsIn(value: unknown, depth: number): readonly string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) && depth < 4 ? value.slice(0, 200).flatMap((item) => textsIn(item, depth + 1)) : [];
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
