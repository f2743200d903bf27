import type { Note } from '../format.ts';
import { jinjaProblems } from '../jinja.ts';
import { parseConfig } from './document.ts';
import { configNote } from './note.ts';

/** What chat templates are given, in a tag. */
const CHAT = /\{[{%][^{}]*\b(?:messages|message|bos_token|eos_token|add_generation_prompt|raise_exception)\b/;
/** Names that lead to the interpreter, and that no prose puts into braces. */
const NEVER = /\b(?:lipsum|subprocess|builtins|importlib|popen|eval|exec)\b/;

/**
 * What a file that is a template of Jinja itself (`chat_template.jinja`) does beside formatting messages. Braces stand in
 * other text, too: where nothing else tells a chat template, only what reaches for the interpreter counts.
 */
export function templateNotes(text: string): readonly Note[] {
  if (!text.includes('{{') && !text.includes('{%')) return [];
  // Templates within a configuration are judged by their keys; as they stand in it, they are escaped.
  const chat = CHAT.test(text) && !isStructured(text);
  return jinjaProblems(text)
    .filter(
      ({ kind, evidence, at }) =>
        chat ||
        kind === 'private-attribute' ||
        (kind === 'private-name' && isInTag(text, at)) ||
        kind === 'computed-attribute' ||
        (kind === 'dangerous-name' && NEVER.test(evidence)),
    )
    .slice(0, 10)
    .map(({ message, evidence }) =>
      configNote(
        'config-template',
        'high',
        `a template: ${message}`,
        'Use the template of the original model.',
        evidence,
      ),
    );
}

/** Whether a tag was opened before a place and not closed: prose and data have such names beside braces, too. */
function isInTag(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - 100_000), at);
  const open = Math.max(before.lastIndexOf('{{'), before.lastIndexOf('{%'));
  return open >= 0 && open > Math.max(before.lastIndexOf('}}'), before.lastIndexOf('%}'));
}

function isStructured(text: string): boolean {
  const { values, whole } = parseConfig(text);
  return whole && values.length === 1 && typeof values[0] === 'object' && values[0] !== null;
}

/** The front matter of a model card: YAML between two lines of dashes at the begin. Null where there is none. */
export function frontMatter(text: string): string | null {
  return /^\uFEFF?---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|$)/s.exec(text)?.[1] ?? null;
}

/** What a model card says of itself: the hub gives the tag `custom_code` to models that bring code. */
export function cardNotes({ tags }: Readonly<Record<string, unknown>>): readonly Note[] {
  const named = Array.isArray(tags) && tags.includes('custom_code');
  return named
    ? [
        configNote(
          'config-remote-code',
          'medium',
          'the model card says that the model is loaded with code of its own',
          'Leave the model in a class of the library itself, and drop the tag.',
          'custom_code',
        ),
      ]
    : [];
}
