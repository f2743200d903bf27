import type { Note } from '../format.ts';
import { configNote } from './note.ts';

/** Tags that stand for data: of YAML 1.1 itself, and those of Python and HyperPyYAML that make or copy plain values. */
const PLAIN =
  /^(?:!|\?|tag:yaml\.org,2002:(?:str|int|float|bool|null|seq|map|set|omap|pairs|binary|timestamp|merge|value|python\/(?:tuple|str|unicode|int|long|float|complex|list|dict|bool|none|bytes))|!(?:ref|copy|PLACEHOLDER|tuple|list|dict))$/;
/** For text that is not YAML to its end, or is to other readers only. */
const PYTHON_TAG =
  /(?:!!|!<tag:yaml\.org,2002:|![\w]*!)[^\s]*(?:object|module|name|%[0-9A-Fa-f]{2})|!<[^\s>]*%[0-9A-Fa-f]{2}|^%TAG\s.*(?:yaml|%)|(?:^|[\s,[{])!(?:apply|new|name|module|applyref):[\w.]/m;

/**
 * Tags for which a reader of YAML needs code beyond YAML: it makes an object, calls a function or reads another file. Which
 * of these is up to the reader, so all but those that stand for data count.
 *
 * @param tags those of a text that is YAML as a whole; of null the text itself is searched
 */
export function foreignTags(text: string, tags: readonly string[] | null): readonly Note[] {
  const tag = tags?.find((one) => !PLAIN.test(one)) ?? PYTHON_TAG.exec(text)?.[0];
  if (tag === undefined) return [];
  return [
    configNote('yaml-python-tag', 'high', 'a tag that needs code to be read', 'Write plain YAML (safe_dump).', tag),
  ];
}
