import type { Note } from '../format.ts';
import { jinjaProblems } from '../jinja.ts';
import { reachOfTag } from '../jinja-tags.ts';
import { parseConfig } from './document.ts';
import { configNote } from './note.ts';

/** What chat templates are given, in a tag. */
const CHAT = /\{[{%][^{}]*?\b(?:messages|message|bos_token|eos_token|add_generation_prompt|raise_exception)\b/y;
/** Characters of tags; behind them, all text counts as one. */
const MAX_READ = 16 * 2 ** 20;
/** Names that lead to the interpreter, and that no prose puts into braces. */
const NEVER = /\b(?:lipsum|subprocess|builtins|importlib|popen|eval|exec)\b/;

/**
 * What a file that is a template of Jinja itself (`chat_template.jinja`) does beside formatting messages. Braces stand in
 * other text, too: where nothing else tells a chat template, only what reaches for the interpreter counts.
 */
export function templateNotes(text: string): readonly Note[] {
  if (!text.includes('{{') && !text.includes('{%')) return [];
  // Templates within a configuration are judged by their keys; as they stand in it, they are escaped.
  const tags = tagsOf(text);
  const chat = tags.chat && !isStructured(text);
  return jinjaProblems(text)
    .filter(
      ({ kind, evidence, at }) =>
        chat ||
        (isInTag(tags, at) &&
          (kind === 'private-attribute' ||
            kind === 'private-name' ||
            kind === 'computed-attribute' ||
            (kind === 'dangerous-name' && NEVER.test(evidence)))),
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

/** Where tags may stand. */
interface Tags {
  /** From where to where each may be one. */
  readonly reaches: readonly (readonly [open: number, end: number])[];
  /** Whether one has what chat templates are given. */
  readonly chat: boolean;
}

/** Of all that may open a tag, also within another: a text or comment may hold braces. */
function tagsOf(text: string): Tags {
  // What Python takes for a blank, and this language does not.
  const source = text.replaceAll('\x85', ' ');
  const reaches: [number, number][] = [];
  let [chat, left] = [false, MAX_READ];
  for (const { index } of source.matchAll(/\{(?=[{%])/g)) {
    const end = left > 0 ? reachOfTag(source, index) : text.length;
    left -= end - index;
    reaches.push([index, end]);
    CHAT.lastIndex = index;
    chat ||= CHAT.test(source) && CHAT.lastIndex <= end;
  }
  return { reaches, chat };
}

function isInTag({ reaches }: Tags, at: number): boolean {
  return reaches.some(([open, end]) => open < at && at < end);
}

function isStructured(text: string): boolean {
  const { values, whole } = parseConfig(text);
  return whole && values.length === 1 && typeof values[0] === 'object' && values[0] !== null;
}

/** The front matter of a model card: YAML between two lines of dashes at the begin. Null where there is none. */
export function frontMatter(text: string): string | null {
  return /^\uFEFF?---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|$)/s.exec(text)?.[1] ?? null;
}

/** Code in Markdown, which a browser shows and does not run. */
const CODE = /^(`{3,}|~{3,})[^\n]*\n[\s\S]*?(?:^\1[`~]*[ \t]*$|(?![\s\S]))|(?<!\\)`[^`\n]*`/gm;
const ACTIVE =
  /<(?:script|object|embed|applet)\b[^<>]{0,500}>|<[a-z][^<>]{0,500}\son[a-z]{3,20}\s*=|<iframe\b[^<>]{0,500}\ssrcdoc\s*=|(?:\]\(\s*|\b(?:href|src|action)\s*=\s*["']?\s*)(?:(?:javascript|vbscript):|data:text\/html)/i;

/** What in Markdown a browser runs where its page is shown as it is: scripts, handlers of events, addresses that are programs. */
export function markupNotes(text: string): readonly Note[] {
  if (!text.includes('<') && !text.includes('](')) return [];
  if (frontMatter(text) === null && !/^#{1,6} \S/m.test(text)) return [];
  const found = ACTIVE.exec(text.replace(CODE, ' '));
  if (found === null) return [];
  const fix = 'Write the card without scripts, handlers of events and addresses that are programs.';
  return [configNote('markup', 'high', 'a script in Markdown, which a browser runs', fix, found[0])];
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
