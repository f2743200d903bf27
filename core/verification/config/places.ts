import type { Note } from '../format.ts';
import { configNote, isMapping, leavesFolder, type Mapping } from './note.ts';

/** Of a shared library. Lists of such endings have nothing before the dot. */
const LIBRARY = /[\w-]\.(?:so(?:\.\d+)*|dll|dylib|pyd)$/i;
/** Keys of texts that people write. */
const PROSE =
  /text|content|answer|question|prompt|label|token|title|description|output|response|doc|comment|example|query/i;
const DIGEST = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-f]{32,}$/i;

/** Files that a mapping has its loader open by path: outside of the model, or native code. */
export function placeNotes(config: Mapping): readonly Note[] {
  return [...weights(config), ...layers(config), ...libraries(config), ...searched(config)].slice(0, 20);
}

function outside(message: string, evidence: unknown): Note {
  return configNote('config-path', 'high', message, 'Name a file inside of the model.', evidence);
}

/** Which file holds which tensor (`model.safetensors.index.json`, `model.json` of TensorFlow.js). */
function weights({ weight_map: map, weightsManifest: manifest }: Mapping): readonly Note[] {
  const groups: readonly unknown[] = Array.isArray(manifest) ? manifest : [];
  const paths = [
    ...(isMapping(map) ? Object.values(map) : []),
    ...groups.flatMap((group): readonly unknown[] =>
      isMapping(group) && Array.isArray(group.paths) ? group.paths : [],
    ),
  ];
  return [...new Set(paths)]
    .filter((path) => typeof path === 'string' && leavesFolder(path))
    .map((path) => outside('weights are read from outside of the model', path));
}

/** A part of an OCI image, as Ollama keeps models: its digest becomes the name of a file (CVE-2024-37032). */
function layers({ mediaType, digest, from }: Mapping): readonly Note[] {
  if (typeof mediaType !== 'string') return [];
  const notes = typeof digest === 'string' && !DIGEST.test(digest) ? [outside('a digest that is none', digest)] : [];
  const source =
    typeof from === 'string' && leavesFolder(from) ? [outside('a layer is read from elsewhere', from)] : [];
  return [...notes, ...source];
}

/** Native code by path, as ONNX Runtime GenAI (`custom_ops_library`) and MLC (`model_lib`) load it. */
function libraries(config: Mapping): readonly Note[] {
  return Object.entries(config).flatMap(([key, value]) => {
    if (typeof value !== 'string' || value.length > 500 || PROSE.test(key) || !LIBRARY.test(value)) return [];
    const message = `"${key.slice(0, 50)}" names a library that is loaded`;
    const fix = 'Leave the model without native code.';
    return [configNote('config-remote-code', 'high', message, fix, value)];
  });
}

/** Where Hydra looks for more configurations: `pkg://` is imported, `file://` is anywhere. */
function searched({ searchpath: paths }: Mapping): readonly Note[] {
  const list: readonly unknown[] = Array.isArray(paths) ? paths : [];
  return list
    .filter((path) => typeof path === 'string' && (/^pkg:\/\/(?!hydra)/.test(path) || leavesFolder(path)))
    .map((path) => outside('configurations are read from outside of the model', path));
}

/** With which a `Modelfile` begins, behind comments; the card of a model may hold such lines, too, and is none. */
const MODELFILE =
  /^(?:[ \t]*(?:#[^\n]*)?\r?\n)*[ \t]*(?:FROM|PARAMETER|TEMPLATE|SYSTEM|ADAPTER|LICENSE|MESSAGE|REQUIRES)[ \t]/i;

/** A `Modelfile` of Ollama: the model that it begins with, and adapters. */
export function modelfileNotes(text: string): readonly Note[] {
  if (
    !MODELFILE.test(text) ||
    !/^[ \t]*FROM[ \t]+\S/im.test(text) ||
    /^[ \t]*(?:RUN|COPY|ADD|CMD|ENTRYPOINT)[ \t]/m.test(text)
  )
    return [];
  return Array.from(text.matchAll(/^[ \t]*(?:FROM|ADAPTER)[ \t]+["']?([^\s"']+)/gim), ([, path = '']) => path)
    .filter((path) => leavesFolder(path))
    .slice(0, 20)
    .map((path) => outside('a model is read from elsewhere', path));
}

const REACHING =
  /^[^\n#=]{1,200}=[^\n#]{0,200}?[@%](?:[\w/]{1,50}\/)?(?:builtins|os|posix|nt|subprocess|shutil|importlib|runpy|pty|pickle|marshal|ctypes)\.[\w.]+/m;

/** Bindings of Gin: configurables of Python that reach the system, and files that are included from elsewhere. */
export function ginNotes(text: string): readonly Note[] {
  const reaching = REACHING.exec(text)?.[0];
  const found =
    reaching === undefined
      ? []
      : [
          configNote(
            'config-import',
            'high',
            'a function of Python that reaches the system',
            'Leave it out.',
            reaching,
          ),
        ];
  const included = Array.from(
    text.matchAll(/^[ \t]*include[ \t]+["']([^"'\n]+)["'][ \t]*\r?$/gm),
    ([, path = '']) => path,
  );
  const from = included
    .filter((path) => leavesFolder(path))
    .map((path) => outside('a file is included from elsewhere', path));
  return [...found, ...from].slice(0, 20);
}
