import type { Note } from '../format.ts';
import { configNote, isMapping, type Mapping, mappings } from './note.ts';

/** Of spaCy and Thinc: documentation has other words behind an at sign. */
const REGISTRIES =
  /^@(?:architectures|augmenters|batchers|callbacks|datasets|factories|initializers|languages|layers|lemmatizers|loggers|lookups|losses|misc|models|ops|optimizers|readers|schedules|scorers|span_getters|tokenizers|vectors|llm_\w+)$/;
/** Registered by spaCy and Thinc themselves. Not the one that loads another pipeline, and its code with it. */
const FUNCTIONS =
  /^(?:spacy|spacy-(?:legacy|transformers|curated-transformers|experimental|lookups-data))\.(?!copy_from_base_model)[\w-]+\.v\d+$/;
const THINC = new Set(
  `Adam RAdam SGD warmup_linear linear constant constant_then cyclic_triangular decaying compounding slanted_triangular
  plateau L2Distance CategoricalCrossentropy SequenceCategoricalCrossentropy CosineDistance CauchySimilarity
  chain clone concatenate residual Linear Maxout Mish Relu Softmax Softmax_v2 Sigmoid Swish Gelu HashEmbed Embed LSTM
  PyTorchLSTM ParametricAttention MultiSoftmax expand_window reduce_mean reduce_max reduce_sum reduce_first reduce_last
  list2array list2ragged list2padded with_array with_list with_padded with_ragged with_flatten Dropout LayerNorm
  glorot_uniform_init zero_init uniform_init normal_init`.split(/\s+/),
);
const FACTORIES = new Set(
  `tok2vec ner tagger parser senter sentencizer textcat textcat_multilabel attribute_ruler lemmatizer morphologizer
  entity_ruler future_entity_ruler span_ruler entity_linker spancat spancat_singlelabel span_finder merge_noun_chunks
  merge_entities merge_subtokens transformer curated_transformer trainable_lemmatizer doc_cleaner span_cleaner
  beam_ner beam_parser token_splitter nn_labeller experimental_coref experimental_span_resolver
  experimental_edit_tree_lemmatizer experimental_arc_predicter experimental_biaffine_parser
  experimental_char_ner`.split(/\s+/),
);
const FIX = 'Leave a pipeline of components that spaCy itself registers.';

/** What a configuration has looked up by a registered name (`config.cfg` of spaCy, any of confection): other names are those of code that comes with the model. */
export function registeredNotes(root: Mapping): readonly Note[] {
  const notes: Note[] = [];
  const add = (message: string, value: unknown): void => {
    notes.push(configNote('config-import', 'high', message, FIX, value));
  };
  for (const mapping of mappings(root))
    for (const [key, value] of Object.entries(mapping))
      if (REGISTRIES.test(key) && !isKnown(value)) add(`"${key}" names a function that other code registers`, value);
  const { nlp, components } = root;
  if (isMapping(nlp) && isMapping(components))
    for (const component of Object.values(components)) {
      if (!isMapping(component)) continue;
      const { factory, source } = component;
      if (factory !== undefined && !FACTORIES.has(String(factory)))
        add('a component that other code registers', factory);
      if (source !== undefined) add('a component of another package, which is imported', source);
    }
  return notes.slice(0, 50);
}

function isKnown(name: unknown): boolean {
  if (typeof name !== 'string') return false;
  return FUNCTIONS.test(name) || THINC.has(name.replace(/\.v\d+$/, ''));
}
