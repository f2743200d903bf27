import type { Note } from '../format.ts';
import { jinjaProblems } from '../jinja.ts';
import { configNote, isMapping, leavesFolder, type Mapping } from './note.ts';

const FIX = 'Leave the model in a class of the library itself, and drop the key.';
/** Libraries whose own classes `model_index.json` of diffusers may name. */
const DIFFUSERS: ReadonlySet<string> = new Set([
  'diffusers',
  'transformers',
  'onnxruntime.training',
  'flax',
  'stable_diffusion',
  'paint_by_example',
  'latent_diffusion',
]);
/** Attributes that lead from any value to the interpreter. */
const INTERNAL: ReadonlySet<string> = new Set(
  `__class__ __base__ __bases__ __mro__ __subclasses__ __globals__ __init__ __builtins__ __import__ __dict__ __reduce__
  __reduce_ex__ __getattribute__ __getattr__ __getitem__ __code__ __closure__ __func__ __self__ __call__`.split(/\s+/),
);
/** Keys of names of classes, which are looked up in the library; a path or dotted name is not. */
const CLASSES =
  /^(?:(?:slow_|fast_)?tokenizer_class|(?:\w+_)?processor_(?:class|type)|feature_extractor_(?:class|type)|architectures)$/;
const BLOCKS = /^(?:down|up)_block_types$/;
const MODULE = /^sentence_transformers(?:\.[A-Za-z]\w*)+$/;
const KERNELS = /^_?[a-z]+_implementation(?:_internal)?$/;
/** Parts of a pipeline of diffusers, whose loader asks for no more than their names where its class is known. */
const PARTS =
  /^(?:unet|vae|vqvae|prior|decoder|transformer(?:_\d)?|scheduler|(?:text|image|audio)_encoder(?:_\d)?|tokenizer(?:_\d)?|safety_checker|feature_extractor|image_processor|controlnet|vocoder|motion_adapter)$/;
/** A module, and a class in it. */
const DOTTED = /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+$/;

/** What one mapping of a Hugging Face configuration asks its library to load. Nested ones (`text_config`) are asked, too. */
export function huggingFaceNotes(config: Mapping): readonly Note[] {
  return [
    ...codeKeys(config),
    ...templates(config),
    ...tokenNames(config),
    ...classNames(config),
    ...diffusers(config),
    ...sentences(config),
    ...peft(config),
  ];
}

function remote(message: string, evidence: unknown): Note {
  return configNote('config-remote-code', 'high', message, FIX, evidence);
}

function codeKeys(config: Mapping): readonly Note[] {
  const notes: Note[] = [];
  for (const key of ['auto_map', 'custom_pipelines', 'custom_pipeline', 'custom_generate'] as const) {
    const value = config[key];
    // Vocabularies give every word a number.
    if (value === undefined || value === null || typeof value === 'number') continue;
    if (isMapping(value) && Object.keys(value).length === 0) continue;
    notes.push(remote(`"${key}" names Python code that is loaded with the model`, value));
  }
  // With dashes as an option of a server.
  for (const trusted of [config.trust_remote_code, config['trust-remote-code']])
    if (trusted === true || trusted === 1 || (typeof trusted === 'string' && /^(?:true|yes|y|on|1)$/i.test(trusted)))
      notes.push(remote('"trust_remote_code" allows code of the model to run', 'trust_remote_code'));
  return notes;
}

/** One template, or several as `[{"name", "template"}]` or by name. */
function templates({ chat_template: given }: Mapping): readonly Note[] {
  const list: readonly unknown[] = typeof given === 'object' && given !== null ? Object.values(given) : [given];
  // Aliases of YAML make one template occur many times.
  const texts = list
    .flatMap((item) => (isMapping(item) ? Object.values(item) : [item]))
    .filter((item) => typeof item === 'string');
  return [...new Set(texts)]
    .flatMap((template) => jinjaProblems(template))
    .slice(0, 10)
    .map(({ message, evidence }) =>
      configNote(
        'config-template',
        'high',
        `the chat template: ${message}`,
        'Use the template of the original model.',
        evidence,
      ),
    );
}

/** Tokens that a chat template is given, by whatever name: one that is an internal of Python can be the name of an attribute. */
function tokenNames(config: Mapping): readonly Note[] {
  const extra = isMapping(config.extra_special_tokens) ? Object.values(config.extra_special_tokens) : [];
  const named = Object.entries(config).flatMap(([key, value]) => (/_token$/.test(key) ? [value] : []));
  return [...named, ...extra]
    .map((token) => (isMapping(token) ? token.content : token))
    .filter((token) => typeof token === 'string' && /^__[a-z_]+__$/.test(token) && INTERNAL.has(token))
    .slice(0, 10)
    .map((token) => {
      const message = 'a token that is the name of an internal of Python';
      return configNote('config-template', 'high', message, 'Use the tokens of the original model.', token);
    });
}

function classNames(config: Mapping): readonly Note[] {
  const notes: Note[] = [];
  for (const [key, given] of Object.entries(config)) {
    if (!CLASSES.test(key)) continue;
    for (const name of Array.isArray(given) ? given.slice(0, 50) : [given])
      if (name !== undefined && name !== null && !(typeof name === 'string' && /^\w*$/.test(name)))
        notes.push(remote(`"${key}" is a path or a dotted name, expected the name of a class`, name));
  }
  for (const [key, given] of Object.entries(config)) {
    if (!KERNELS.test(key)) continue;
    // One for all, or one for each part of the model.
    for (const name of namesIn(given))
      if (name.includes('/')) notes.push(remote(`"${key}" names a kernel that is fetched and loaded`, name));
  }
  return notes;
}

/** Texts in a value, in its lists and mappings. */
function namesIn(value: unknown): readonly string[] {
  const open: unknown[] = [value];
  const seen = new Set<unknown>();
  const names: string[] = [];
  while (open.length > 0) {
    const one = open.pop();
    if (typeof one === 'string') names.push(one);
    else if (typeof one === 'object' && one !== null && !seen.has(one)) {
      seen.add(one);
      for (const item of Object.values(one)) open.push(item);
    }
  }
  return [...new Set(names)].slice(0, 50);
}

/** `model_index.json`: every component is a pair of library and class, and an unknown library is a file of the folder. */
function diffusers(config: Mapping): readonly Note[] {
  const named = isPipeline(config._class_name)
    ? Object.values(config).some(isComponent)
    : Object.entries(config).some(([key, value]) => PARTS.test(key) && isComponent(value));
  if (!('_diffusers_version' in config) && !named) return [];
  const notes: Note[] = [];
  for (const [key, value] of Object.entries(config)) {
    // Kinds of the blocks of one model, by names that diffusers looks up in its own list.
    if (!Array.isArray(value) || BLOCKS.test(key)) continue;
    const [, , where]: readonly unknown[] = value;
    // Of a modular pipeline, with where it is fetched from.
    if (value.length === 3 && isMapping(where)) notes.push(...fetched(value, where.type_hint));
    if (value.length !== 2) continue;
    const [library, name]: readonly unknown[] = value;
    if (library === null && name === null) continue;
    const component = key === '_class_name' || (typeof library === 'string' && typeof name === 'string');
    if (component && (key === '_class_name' || !DIFFUSERS.has(String(library))))
      notes.push(remote('a component of a module that is not part of diffusers or transformers', value));
  }
  return notes;
}

/** A component that is fetched by itself, and the class that is expected of it, each by library and name. */
function fetched([library]: readonly unknown[], hint: unknown): readonly Note[] {
  const [other]: readonly unknown[] = Array.isArray(hint) ? hint : [];
  return [library, other]
    .filter((one) => typeof one === 'string' && !DIFFUSERS.has(one))
    .map((one) => remote('a component of a module that is not part of diffusers or transformers', one));
}

function isPipeline(name: unknown): boolean {
  return Array.isArray(name) || (typeof name === 'string' && name.includes('Pipeline'));
}

/** A pair of library and class. */
function isComponent(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'string');
}

/** `modules.json`: the type of each module is imported by its full name. */
function sentences(config: Mapping): readonly Note[] {
  const { idx, name: part, path, type, types, structure } = config;
  // Of a router, the classes of its modules by name.
  if (isMapping(types) && structure !== undefined)
    return Object.values(types).flatMap((name) =>
      typeof name === 'string' && MODULE.test(name)
        ? []
        : [configNote('config-import', 'high', 'a module outside of sentence_transformers is imported', FIX, name)],
    );
  if (typeof type !== 'string') return [];
  // The loader asks for no number of a module.
  const listed = typeof part === 'string' && typeof path === 'string' && DOTTED.test(type);
  if (idx === undefined && !listed) return [];
  const notes: Note[] = [];
  if (!MODULE.test(type))
    notes.push(configNote('config-import', 'high', 'a module outside of sentence_transformers is imported', FIX, type));
  if (typeof path === 'string' && leavesFolder(path))
    notes.push(
      configNote('config-path', 'high', 'a module is read from outside of the model', 'Name a folder inside.', path),
    );
  return notes;
}

/** `adapter_config.json`: the base model is loaded from where it says, and the library of its class imported by its name. */
function peft(config: Mapping): readonly Note[] {
  const { peft_type: kind, base_model_name_or_path: base } = config;
  const outside =
    kind !== undefined && typeof base === 'string' && /^[\\/~]|^[A-Za-z]:|(?:^|[\\/])\.\.(?:[\\/]|$)|:\/\//.test(base);
  const path = outside
    ? [
        configNote(
          'config-path',
          'medium',
          'the base model is read from outside of the model',
          'Name the base model by its name on the hub.',
          base,
        ),
      ]
    : [];
  const { megatron_core: core } = config;
  const imported =
    typeof core === 'string' && core !== 'megatron.core'
      ? [configNote('config-import', 'high', '"megatron_core" names a module that is imported', FIX, core)]
      : [];
  return [...path, ...imported, ...peftLibrary(config)];
}

function peftLibrary(config: Mapping): readonly Note[] {
  if (!isMapping(config.auto_mapping)) return [];
  const library = config.auto_mapping.parent_library;
  if (library === undefined || library === null) return [];
  if (typeof library === 'string' && /^(?:transformers|diffusers)(?:\.\w+)*$/.test(library)) return [];
  return [configNote('config-import', 'high', 'a library outside of transformers is imported', FIX, library)];
}
