import type { Names } from '../globals.ts';

/** Of gensim: attributes, and the functions that its models name as theirs. */
export const GENSIM: Names = {
  'gensim.corpora.dictionary': 'Dictionary',
  'gensim.models.doc2vec': 'Doc2Vec',
  'gensim.models.fasttext': 'FastText FastTextKeyedVectors',
  'gensim.models.keyedvectors': 'KeyedVectors',
  'gensim.models.ldamodel': 'LdaModel LdaState',
  'gensim.models.phrases': 'FrozenPhrases Phrases npmi_scorer~ original_scorer~',
  'gensim.models.tfidfmodel': 'TfidfModel df2idf~',
  'gensim.models.word2vec': 'Word2Vec',
  'gensim.utils': 'call_on_class_only~ identity~',
};
