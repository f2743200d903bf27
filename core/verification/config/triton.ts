import type { Note } from '../format.ts';
import { configNote, isMapping, leavesFolder, type Mapping, mappings } from './note.ts';

/** Fields of `ModelConfig` of Triton (`model_config.proto`): a message of others is something else. */
const FIELDS = new Set(
  `name platform backend runtime version_policy max_batch_size input output batch_input batch_output optimization
  dynamic_batching sequence_batching ensemble_scheduling instance_group default_model_filename cc_model_filenames
  metric_tags parameters model_warmup model_operations model_transaction_policy model_repository_agents response_cache
  model_metrics`.split(/\s+/),
);
/** Fields that tell it from any other message. */
const OWN = /^(?:platform|backend|max_batch_size|instance_group|default_model_filename|ensemble_scheduling)$/;
/** Backends that read a model as data, which is scanned as a file. */
const BACKENDS = new Set('onnxruntime tensorflow tensorrt openvino pytorch fil'.split(' '));
const PLATFORMS = new Set(
  `onnxruntime_onnx tensorflow_graphdef tensorflow_savedmodel tensorrt_plan pytorch_libtorch openvino fil
  ensemble`.split(/\s+/),
);
const FIX = 'Serve the model with a backend that reads it as data, such as onnxruntime.';

/** What Triton loads by a model's `config.pbtxt`: a library or a script by the name of its backend, and files by path. */
export function tritonNotes(config: Mapping): readonly Note[] {
  const names = Object.keys(config);
  if (!names.some((name) => OWN.test(name)) || !names.every((name) => FIELDS.has(name))) return [];
  return [...backends(config), ...paths(config)];
}

function backends({
  backend,
  platform,
  runtime,
  model_operations: operations,
  model_repository_agents: agents,
}: Mapping) {
  const notes: Note[] = [];
  const add = (message: string, value: unknown): void => {
    notes.push(configNote('config-remote-code', 'high', message, FIX, value));
  };
  for (const one of listed(backend))
    if (one !== '' && !BACKENDS.has(String(one))) add('"backend" names a program that Triton runs the model with', one);
  for (const one of listed(platform))
    if (one !== '' && !PLATFORMS.has(String(one))) add('"platform" names none of Triton’s own', one);
  if (runtime !== undefined && runtime !== '') add('"runtime" names a library that Triton loads', runtime);
  if (operations !== undefined) add('"model_operations" names libraries that Triton loads', operations);
  if (agents !== undefined) add('"model_repository_agents" names libraries that Triton loads', agents);
  return notes;
}

/** Every text that is a path, and the parameters that name an environment or a library. */
function paths(config: Mapping): readonly Note[] {
  const notes: Note[] = [];
  for (const mapping of mappings(config)) {
    const { key, value, input_data_file: data, default_model_filename: file } = mapping;
    for (const path of [...listed(data), ...listed(file), ...listed(mapping.cc_model_filenames).flatMap(values)])
      if (typeof path === 'string' && leavesFolder(path))
        notes.push(
          configNote('config-path', 'high', 'a file is read from outside of the model', 'Name a file inside.', path),
        );
    if (typeof key === 'string' && /EXECUTION_ENV_PATH|LIBRARY|PLUGIN|BACKEND_DIR/i.test(key))
      notes.push(
        configNote('config-remote-code', 'high', `the parameter ${key} names code that Triton loads`, FIX, value),
      );
  }
  return notes;
}

function listed(value: unknown): readonly unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

function values(value: unknown): readonly unknown[] {
  return isMapping(value) ? Object.values(value) : [value];
}
