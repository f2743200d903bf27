import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfm } from 'micromark-extension-gfm';

type Root = ReturnType<typeof fromMarkdown>;
type Node = Root | Root['children'][number];

/** Markdown as GitHub's grammar reads it. */
export function parseGfm(markdown: string): Root {
  return fromMarkdown(markdown, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] });
}

/**
 * What stands where, without words: every block, cell, link, image, emphasis and piece of HTML. Only what prose may add by
 * design is passed over: code, the block of lines that follow a reason, and the two elements that keep lines apart and hold a dollar sign.
 */
export function outlineOf(node: Node): string {
  switch (node.type) {
    case 'text':
    case 'inlineCode':
      return '';
    case 'html':
      return /^<(?:br|\/?span)>$/.test(node.value) ? '' : `html(${node.value.replace(/<summary>.*<\/summary>/, '…')})`;
    case 'code':
      return node.lang === 'text' ? '' : `code(${node.lang})`;
    case 'heading':
      return `h${node.depth}(${inside(node)})`;
    case 'list':
      return `list(${node.ordered} ${inside(node)})`;
    case 'listItem':
      return `item(${node.checked} ${inside(node)})`;
    case 'link':
    case 'image':
      return `${node.type}(${node.url})`;
    default:
      return `${node.type}(${inside(node)})`;
  }
}

function inside(node: Node): string {
  return 'children' in node
    ? node.children
        .map((child) => outlineOf(child))
        .join(' ')
        .replace(/ +/g, ' ')
        .trim()
    : '';
}

/** The words outside code, one string for each run of text that GitHub would search for mentions and references. */
export function wordsOf(node: Node): string[] {
  if (node.type === 'text') return [node.value];
  return 'children' in node ? joined(node.children.map((child) => ({ type: child.type, words: wordsOf(child) }))) : [];
}

/** Neighbouring texts are one: what a code span or an element parts is not. */
function joined(parts: readonly { type: string; words: string[] }[]): string[] {
  const all: string[] = [];
  let open = false;
  for (const { type, words } of parts) {
    if (type === 'text' && open) all.push(`${all.pop() ?? ''}${words.join('')}`);
    else all.push(...words);
    open = type === 'text';
  }
  return all;
}

/** What GitHub makes a link, mention, emoji or formula of, in rendered words. */
export const FIRES: readonly (readonly [string, RegExp])[] = [
  ['a mention', /@[a-z0-9]/i],
  ['an issue', /#\d/],
  ['an issue by prefix', /\bGH-\d/i],
  ['an advisory', /\b(?:GHSA|CVE)-[a-z0-9]/i],
  ['a commit', /(?<![0-9a-z])[0-9a-f]{7,40}(?![0-9a-z])/i],
  ['an address', /:\/\/|\bwww\./i],
  ['an emoji code', /:[a-z0-9_+-]+:/i],
  ['a formula', /\$[^$]*\$/],
];
