import type { Note } from '../format.ts';
import { configNote, isMapping, leavesFolder, type Mapping, mappings } from './note.ts';

/** Flavors whose loader is MLflow's own and brings no code of the model; what they unpickle is scanned as a file. */
const LOADERS: ReadonlySet<string> = new Set(
  (
    'catboost diviner fastai h2o johnsnowlabs keras langchain lightgbm onnx openai paddle pmdarima prophet pytorch ' +
    'sentence_transformers sklearn spacy spark statsmodels tensorflow transformers xgboost'
  )
    .split(' ')
    .map((flavor) => `mlflow.${flavor}`),
);
/** Keys of a flavor that name code: folders that join the path of imports, pickled classes, and scripts. */
const CODE = ['code', 'code_path', 'code_paths', 'python_model', 'model_code_path'] as const;

/** What an `MLmodel` file has MLflow load. @param document the whole of it */
export function mlflowNotes(document: unknown): readonly Note[] {
  if (!isMapping(document)) return [];
  if (!isMapping(document.flavors)) return typeof document.loader_module === 'string' ? flavorNotes(document) : [];
  const notes: Note[] = [];
  for (const flavor of mappings(document.flavors)) notes.push(...flavorNotes(flavor));
  if (typeof document.model_code_path === 'string') notes.push(code('model_code_path', document.model_code_path));
  return notes;
}

function flavorNotes(flavor: Mapping): readonly Note[] {
  const notes: Note[] = [];
  const loader = flavor.loader_module;
  if (loader !== undefined && loader !== null && !(typeof loader === 'string' && LOADERS.has(loader)))
    notes.push(
      configNote(
        'mlflow-code',
        typeof loader === 'string' && loader.startsWith('mlflow.pyfunc.') ? 'medium' : 'critical',
        'the loader is not that of a flavor of MLflow: its code is imported and run',
        'Log the model with the flavor of its library, such as mlflow.sklearn.',
        loader,
      ),
    );
  for (const key of CODE) {
    const value = flavor[key];
    if (value !== undefined && value !== null && value !== '') notes.push(code(key, value));
  }
  for (const [key, value] of Object.entries(flavor)) {
    if (
      /^(?:data|env|conda|virtualenv|model_path|model_data|pickled_model|path)$/.test(key) &&
      typeof value === 'string'
    )
      if (leavesFolder(value))
        notes.push(
          configNote('config-path', 'high', `"${key}" leaves the folder of the model`, 'Name a file inside.', value),
        );
  }
  return notes;
}

function code(key: string, value: unknown): Note {
  return configNote(
    'mlflow-code',
    'high',
    `"${key}" has MLflow load code that comes with the model`,
    'Log the model without code of its own, with the flavor of its library.',
    value,
  );
}
