import { commandNotes, settingNotes, VARIABLES } from '../config/commands.ts';
import { parseConfig } from '../config/document.ts';
import { huggingFaceNotes } from '../config/hugging-face.ts';
import { readMappings } from '../config/json-mappings.ts';
import { kerasNotes } from '../config/keras.ts';
import { mlflowNotes } from '../config/mlflow.ts';
import { isMapping, type Mapping, mappings } from '../config/note.ts';
import { packagingNotes } from '../config/packaging.ts';
import { ginNotes, modelfileNotes, placeNotes } from '../config/places.ts';
import { registeredNotes } from '../config/registered.ts';
import { environmentNotes, requirementsNotes } from '../config/requirements.ts';
import { CONFIG_RULES } from '../config/rules.ts';
import { readSections } from '../config/sections.ts';
import { foreignTags } from '../config/tags.ts';
import { targetNotes } from '../config/targets.ts';
import { cardNotes, frontMatter, markupNotes, templateNotes } from '../config/template.ts';
import { readTextProto } from '../config/text-proto.ts';
import { tritonNotes } from '../config/triton.ts';
import { type Format, type FormatVerdict, type Note, readExactly, ScanError, type Source } from '../format.ts';
import { INTERNALS } from '../jinja.ts';

/** Bytes; JSON and YAML above it are only searched for keys that name code. */
const MAX_JSON = 128 * 2 ** 20;
const MAX_OTHER = 1 << 20;
/** Bytes; larger JSON is not built in memory. */
const MAX_BUILT = 1 << 16;
/** Strings of pieces this small are gone soon; larger ones pile up. */
const CHUNK = 1 << 16;
const OVERLAP = 256;
/** Nothing is parsed that holds none of these; the last ones are escapes in which a key could be spelled. */
const KEYS =
  /auto_map|custom_pipelines?|trust_remote_code|chat_template|attn_implementation|_diffusers_version|(?:tokenizer|processor)_class|image_processor_type|feature_extractor_type|"idx"|parent_library|class_name|flavors|loader_module|python\/|custom_code|custom_generate|_target_|class_path|target["']?\s*:\s*["']?\w+\.|activation_f|py\\?\/|__loader__|\blc["']?\s*:|handler["']?\s*:|!<|%TAG|["']?(?:pip|dependencies)["']?\s*:|\\u00[2-7]|\\x|\\U|![^\s]*%[0-9A-Fa-f]|\\\r?\n|!(?:apply|new|name|module|applyref):/;
/** Words of keys before the full name of something, functions of Python that reach the system, and scripts. */
const NAMES =
  /(?:class|cls|type|target|callable|func(?:tion)?|fn|factory|builder|constructor|impl(?:ementation)?|module|plugin|hook|callback|handler|predict(?:or)?|wrapper|entry_?points?|service|service_?envelope|import_?(?:path|string)|objects?|models?|script|\(\)|architectures)s?[_"']*\s*[:=]\s*(?:\[\s*|-\s+)?["']?[\w./\\]*[.:/\\]\w|[:=[,-]\s*["']?(?:builtins|__builtin__|os|posix|nt|subprocess|sys|shutil|importlib|runpy|pty|ctypes|marshal|c?pickle|cloudpickle|dill|joblib|webbrowser|timeit|pdb|codeop|imp|multiprocessing|asyncio|torch|numpy)[.:][A-Za-z_]|\b(?:user_(?:dir|module)|include_?packages?|plugin_\w+|import_name|custom_imports|peft_type|_class_name|paramMap|command)["']?\s*:/i;
/** Paths that are opened, what tools run, and what LangChain, Rasa and resolvers of OmegaConf make. */
const PLACES = new RegExp(
  `weight_map|weightsManifest|mediaType|megatron_core|"(?:types|_type)"|\\b_type["']?\\s*:|searchpath|\\.(?:so|dll|dylib|pyd)\\b|\\$\\{eval:|docker_env|trust-remote-code|\\b(?:channels|requirements|install_requires|pipeline|policies|jobs|services|repos|tasks|runs|program|apiVersion|scripts|\\w+Command|trial_command|setup_script|model_class_filename)["']?\\s*:|${VARIABLES.source}`,
);
/** Python in a text, and keys of what tools start. */
const EXPRESSIONS =
  /(?:__import__|\b(?:eval|exec|compile|globals|getattr)|\b(?:os|posix|subprocess|importlib|shutil|pty|ctypes|runpy|builtins)\.[\w.]+)\s*\(|\.\s*__(?:class|globals|builtins|subclasses|import)__|(?:^|[\s:[,"'-])\$(?:import\s|from\s|[@\w.]+\s*\()|\b(?:callbacks|handlers|middleware|reward_func\w*|mcpServers|argv|runcmd|bootcmd|setup_commands|initialization_commands|yarnPath|hooks)["']?\s*:|\b(?:worker|scheduler|logits|kv|tool|reasoning)[-_][\w-]+["']?\s*:|\b(?:module|package|pkg|lib|library|import|namespace)(?:_?(?:name|path))?_*["']?\s*[:=]\s*["']?(?:os|posix|nt|subprocess|sys|shutil|builtins|importlib|runpy|pty|ctypes)\b/im;
/** Sections, and messages of protobuf as text. */
const SECTIONS =
  /^[ \t]*\[{1,2}[ \t]*["']?[A-Za-z][^,\n]*\][ \t]*(?:[#;].*)?$|index[-_]url|find[-_]links|\b(?:backend|platform|default_model_filename|input_data_file)\s*:/m;
const TAG = /(?:^|[\s,[{:-])!(?!\s|=|\[)/;
/** Of these, for what is larger than YAML may be. */
const YAML_KEYS =
  /_target_|!(?:apply|new|name|module|applyref):|(?:^|[\s,[{])!{1,2}<?[\w:.,-]*%[0-9A-Fa-f]|"[^"\n]{0,80}\\\r?\n[^"\n]{0,80}"\s*:|loader_module|!!python|!<tag|%TAG|\\u00[2-7]|\\x[2-7]|\\U0000/;
/** Keys of Hugging Face and others at the begin of a line. */
const CODE_KEYS =
  /^[ \t{,-]*["']?(?:auto_map|custom_pipelines?|custom_generate|trust_remote_code|chat_template|class_path|python_model|model_code_path)["']?\s*:/m;
/** Of packages, of Triton, and functions of Python that reach the system. */
const WRITTEN =
  /^[ \t]*(?:build-backend|backend-path|cmdclass|(?:extra-)?index[-_]url|@[a-z_]+)[ \t]*=|^[ \t]*backend[ \t]*:[ \t]*["']|^[ \t-]*["']?[\w-]+["']?\s*:\s*["']?(?:builtins|os|posix|subprocess|importlib|runpy|pty|shutil)[.:][a-z_]\w*["']?\s*$/m;
/** An environment of conda, and items that pip installs from elsewhere than the index. */
const PACKAGES = /^[ \t-]*["']?(?:pip|dependencies|build_dependencies)["']?\s*:/m;
const ADDRESSES =
  /^[ \t]*-[ \t]*["']?(?:-[a-z-]|(?:git|hg|svn|bzr)\+|[\w.[\]-]+ ?@ ?[a-z]+:|[a-z]+:\/\/|file:|\.{0,2}\/)/im;
/** A template that is larger than any that is read. */
const LARGE_TEMPLATE = new RegExp(`\\{[{%][^{}]{0,30}(?:${INTERNALS.source})`);
/**
 * Configurations that say what code a library loads with a model: of Hugging Face, Keras and MLflow, and the requirements
 * of pip and conda. Only the ones with findings are of this format: the others are text, like any JSON or YAML.
 */
export const modelConfig: Format = {
  name: 'model-config',
  rules: CONFIG_RULES,
  detect: (head, file) =>
    !head.some((byte) => byte < 0x20 && byte !== 9 && byte !== 10 && byte !== 13) && judged(file) !== null,
  scan: (file): FormatVerdict => {
    const notes = judged(file);
    if (notes === 'too large')
      throw new ScanError(
        'too_large',
        `it names code to load or is a template, and is over ${MAX_JSON} bytes or not JSON`,
        0,
      );
    if (notes === null) throw new ScanError('short_read', 'the file changed while it was scanned', 0);
    return { format: 'model configuration', verdict: 'finding', notes };
  },
};

/** Of a file that is told by what it names, and then asked for that: a large one takes seconds. */
const JUDGED = new WeakMap<Source, { readonly found: ReturnType<typeof judge> }>();

function judged(file: Source): ReturnType<typeof judge> {
  const known = JUDGED.get(file) ?? { found: judge(file) };
  JUDGED.set(file, known);
  return known.found;
}

function judge(file: Source): readonly Note[] | 'too large' | null {
  if (file.size > MAX_OTHER && searched(file, LARGE_TEMPLATE)) return 'too large';
  // Small JSON is parsed whatever it holds; of YAML that takes long.
  const small = file.size <= MAX_BUILT && looksLikeJson(file);
  const keys = small || (isMarked(file) && searched(file, KEYS, NAMES, PLACES, EXPRESSIONS));
  if (!keys && file.size > MAX_OTHER) return null;
  const json = keys && looksLikeJson(file) && (file.size > MAX_BUILT || isLines(file));
  if (json && file.size > MAX_JSON) return 'too large';
  const large = json ? largeNotes(file) : null;
  if (file.size > MAX_OTHER && large === null) return mayNameCode(file) ? 'too large' : null;
  const text = file.size > MAX_OTHER ? '' : textOf(file);
  if (text === null) return null;
  const notes = [...writtenNotes(text), ...requirementsNotes(text, file.path)];
  try {
    notes.push(...templateNotes(text), ...(large ?? (keys || TAG.test(text) ? documentNotes(text) : [])));
    return notes.length === 0 ? null : notes.slice(0, 50);
  } catch (error) {
    if (notes.length > 0) return notes.slice(0, 50);
    if (error instanceof ScanError && error.code === 'too_large') return mayNameCode(file) ? 'too large' : null;
    throw error;
  }
}

/** Of YAML that is too large to be read, or text that looks like it. */
function mayNameCode(file: Source): boolean {
  return searched(file, YAML_KEYS, CODE_KEYS, WRITTEN) || (searched(file, PACKAGES) && searched(file, ADDRESSES));
}

/** As `documentNotes`, of JSON and JSON Lines of any size; null for what is neither. @throws ScanError `too_large` */
function largeNotes(file: Source): readonly Note[] | null {
  const notes: Note[] = [];
  const add = (found: readonly Note[]): void => {
    if (notes.length < 100) notes.push(...found);
  };
  try {
    readMappings(
      file,
      (mapping) => add(mappingNotes(mapping)),
      (root) => add([...mlflowNotes(root), ...commandNotes(root)]),
    );
    return notes;
  } catch (error) {
    if (error instanceof ScanError && error.code === 'malformed') return null;
    throw error;
  }
}

/** What one mapping asks its loader for, wherever it stands. */
function mappingNotes(mapping: Mapping): readonly Note[] {
  return [
    ...huggingFaceNotes(mapping),
    ...kerasNotes(mapping),
    ...environmentNotes(mapping),
    ...targetNotes(mapping),
    ...placeNotes(mapping),
  ];
}

/** JSON Lines, which no reader of one value takes. */
function isLines(file: Source): boolean {
  const text = Buffer.from(file.read(0, MAX_BUILT)).toString('latin1');
  return /[}\]][^\S\n]*\n\s*[{[]/.test(text) && !isJson(text);
}

function looksLikeJson(file: Source): boolean {
  return /^(?:\xEF\xBB\xBF)?\s*[[{]/.test(Buffer.from(file.read(0, 4096)).toString('latin1'));
}

function documentNotes(text: string): readonly Note[] {
  const card = frontMatter(text);
  const { values, byFirst, tags, whole } = parseConfig(card ?? text);
  const isData = values.some((value) => typeof value === 'object' && value !== null);
  const notes: Note[] = [];
  for (const document of [...values, ...byFirst]) {
    if (card !== null && isMapping(document)) notes.push(...cardNotes(document));
    notes.push(...mlflowNotes(document), ...commandNotes(document), ...nestedNotes(document));
  }
  // JSON has no tags: what looks like one stands in a text.
  if (!isJson(text)) notes.push(...foreignTags(text, isData && whole ? tags : null));
  return notes;
}

/** Of any other form that configurations are written in. */
function writtenNotes(text: string): readonly Note[] {
  if (isJson(text)) return [];
  const lines = [...settingNotes(text), ...modelfileNotes(text), ...ginNotes(text), ...markupNotes(text)];
  if (!SECTIONS.test(text)) return lines;
  const message = readTextProto(text);
  if (message !== null) return [...lines, ...tritonNotes(message)];
  const sections = readSections(text);
  if (sections === null) return lines;
  return [
    ...lines,
    ...packagingNotes(sections),
    ...registeredNotes(sections),
    ...commandNotes(sections),
    ...nestedNotes(sections),
  ];
}

function nestedNotes(document: unknown): readonly Note[] {
  const notes: Note[] = [];
  for (const mapping of mappings(document)) {
    notes.push(...mappingNotes(mapping));
    if (notes.length > 100) break;
  }
  return notes;
}

function isJson(text: string): boolean {
  try {
    return /^\s*[[{]/.test(text) && typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}

/** In pieces, so that a large table costs one pass and no memory. */
/** One of them stands in all that a loader takes a key with a value, or a tag, from. */
const MARKS = [':', '=', '!'];

function isMarked(file: Source): boolean {
  const inPiece = (at: number, size: number): boolean => {
    const piece = Buffer.from(readExactly(file, at, Math.min(size, file.size - at)));
    return MARKS.some((mark) => piece.includes(mark));
  };
  // Most that have one have it soon.
  if (inPiece(0, 1024)) return true;
  for (let at = 1024; at < file.size; at += CHUNK) if (inPiece(at, CHUNK)) return true;
  return false;
}

function searched(file: Source, ...keys: readonly RegExp[]): boolean {
  for (let at = 0; at < file.size; at += CHUNK - OVERLAP) {
    const piece = readExactly(file, at, Math.min(CHUNK, file.size - at));
    const text = Buffer.from(piece).toString('latin1');
    if (keys.some((one) => one.test(text))) return true;
  }
  return false;
}

function textOf(file: Source): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(readExactly(file, 0, file.size));
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}
