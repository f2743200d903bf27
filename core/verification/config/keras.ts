import type { Note } from '../format.ts';
import { FUNCTIONS, isOperation, LOADERS, LOOKUPS, MODULES, VALUES } from './keras-names.ts';
import { configNote, isMapping, type Mapping } from './note.ts';

const FIX = 'Build the model of layers of Keras alone and save it again, or export it as ONNX.';
/** How Keras 2.11 to 2.13 registered optimizers of its own. */
const OWN_REGISTERED = /^Custom>(?:Ada(?:delta|factor|grad|m|max|mW)|Ftrl|Lion|Nadam|RMSprop|SGD)$/;

/**
 * What one object of a Keras configuration has the loader import or run. The loader goes into every mapping and list, so
 * an object is judged wherever it is, and whatever is around it (`keras/src/saving/serialization_lib.py`).
 */
export function kerasNotes(object: Mapping): readonly Note[] {
  const { class_name: name } = object;
  if (name === undefined || !('config' in object || 'module' in object || 'registered_name' in object)) return [];
  if (typeof name !== 'string')
    return 'config' in object && ('module' in object || 'registered_name' in object)
      ? [configNote('keras-custom-object', 'high', 'not the name of a class of Keras', FIX, name)]
      : [];
  if (VALUES.has(name)) return [];
  if (name === '__lambda__' || /(?:^|[.>])Lambda$/.test(name)) return [lambda(object)];
  if (name === 'function') return functionNotes(object);
  const notes = [...moduleNotes(object, name), ...loaderNotes(object, name)];
  if (!/^[A-Z][A-Za-z0-9]*$/.test(name) && !OWN_REGISTERED.test(name))
    notes.push(configNote('keras-custom-object', 'high', 'not the name of a class of Keras', FIX, name));
  return notes;
}

function lambda(object: Mapping): Note {
  return configNote('keras-lambda', 'critical', 'a Lambda: bytecode that runs with the model', FIX, object);
}

function moduleNotes({ module, registered_name: registered }: Mapping, name: string): readonly Note[] {
  const notes: Note[] = [];
  if (module !== undefined && module !== null && !(typeof module === 'string' && MODULES.has(module)))
    notes.push(imported(module, name));
  // A registered object wins over the module that is named.
  if (registered !== undefined && registered !== null && registered !== name)
    notes.push(configNote('keras-custom-object', 'medium', 'an object that other code registers', FIX, registered));
  return notes;
}

function imported(module: unknown, name: unknown): Note {
  const message = 'the loader imports a module that is none of the listed ones of Keras';
  return configNote('keras-import', 'critical', message, FIX, { module, name });
}

function loaderNotes({ config }: Mapping, name: string): readonly Note[] {
  return loads(config, name)
    ? [configNote('keras-loader', 'high', 'a layer that loads a file or the program of another framework', FIX, name)]
    : [];
}

function loads(config: unknown, name: string): boolean {
  if (LOADERS.has(name)) return true;
  if (!isMapping(config)) return false;
  if (LOOKUPS.has(name)) return typeof config.vocabulary === 'string';
  if (name !== 'TFOpLambda' && name !== 'SlicingOpLambda') return false;
  return typeof config.function !== 'string' || !isOperation(config.function);
}

/** `{"class_name": "function", "module": M, "config": NAME}`: the loader takes NAME from M. */
function functionNotes({ module, config, registered_name: registered }: Mapping): readonly Note[] {
  const named = isMapping(config) ? (config.name ?? config.function_name) : config;
  const known = module === undefined || module === null || module === 'builtins' || isListed(module);
  if (!known) return [imported(module, named)];
  const own = typeof named === 'string' && FUNCTIONS.has(named);
  if (own && (registered === undefined || registered === null || registered === 'function' || registered === named))
    return [];
  return [configNote('keras-custom-object', 'high', 'a function that is not listed as part of Keras', FIX, config)];
}

function isListed(module: unknown): boolean {
  return typeof module === 'string' && MODULES.has(module);
}
