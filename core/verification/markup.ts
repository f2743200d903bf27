/**
 * Elements that format text or show a picture, and do nothing else whatever their attributes are, if those are of the
 * list below (HTML Living Standard, §4). Model cards begin with them.
 */
const FORMATTING = new Set(
  `a abbr b big blockquote br caption center code col colgroup dd del details dfn div dl dt em figcaption figure font h1
  h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p picture pre q s samp small source span strike strong sub summary sup
  table tbody td tfoot th thead tr tt u ul var wbr`.split(/\s+/),
);
/** Elements that load, run or ask for something, or change how what follows them is read, also without an attribute. */
const ACTIVE = new Set(
  `applet audio base basefont bgsound body button canvas dialog embed fencedframe form frame frameset head html iframe
  image input isindex link listing marquee math menu meta nextid noembed noframes noscript object optgroup option
  param plaintext portal rt script search select selectedcontent slot style svg template textarea title track video
  xmp`.split(/\s+/),
);
const ADDRESSES = new Set(['href', 'src']);
const ATTRIBUTES = new Set(
  `align alt bgcolor border cellpadding cellspacing class color colspan decoding dir face height href id lang loading
  media name open rel rowspan size sizes src srcset style target title valign width`.split(/\s+/),
);

const TAG = /<(\/?)([a-z][\w-]*)/iy;
const ATTRIBUTE = /\s+([a-z][\w-]*)(?:\s*=\s*(?:"([^"<>]*)"|'([^'<>]*)'|([^\s"'=<>`/]+)))?/iy;
const END = /\s*\/?>/y;
/** Of Markdown; a browser takes it for an element that it doesn't know. */
const LINK = /<(?:https?:\/\/|mailto:)[^\s<>"'`=]*>/iy;
/** What begins neither an element, nor a declaration, nor an instruction. */
const NO_TAG = /<(?![a-z/!?])/iy;
/** Without a colon that could end the name of another scheme, or a reference that could stand for one. */
const PLAIN_ADDRESS = /^\s*(?:https?:\/\/|mailto:|#|[\w./%~+@ -]*(?:[?#]|$))/i;
const PLAIN_STYLE = /^[\w\s:;.#%,-]*$/;

/**
 * Whether all markup in a text formats it and does nothing else: no element, attribute or address is there that a browser
 * runs, asks for, or reads otherwise than we do. Pictures and links may be of anywhere.
 */
export function isFormattedText(text: string): boolean {
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at)) {
    const end = endOf(NO_TAG, text, at) ?? endOfComment(text, at) ?? endOf(LINK, text, at) ?? endOfElement(text, at);
    if (end === null) return false;
    at = end;
  }
  return true;
}

/** Without what browsers and parsers end a comment at before its end. */
function endOfComment(text: string, start: number): number | null {
  if (!text.startsWith('<!--', start) || /^-?>/.test(text.slice(start + 4, start + 6))) return null;
  const end = text.indexOf('--', start + 4);
  return end >= 0 && text[end + 2] === '>' ? end + 3 : null;
}

function endOfElement(text: string, start: number): number | null {
  TAG.lastIndex = start;
  const tag = TAG.exec(text);
  if (tag === null) return null;
  const name = (tag[2] ?? '').toLowerCase();
  if (ACTIVE.has(name)) return null;
  let at = TAG.lastIndex;
  for (;;) {
    ATTRIBUTE.lastIndex = at;
    const attribute = ATTRIBUTE.exec(text);
    if (attribute === null) return endOf(END, text, at);
    // A name that no standard knows stands for nothing, but may be given a meaning by its attributes.
    if (tag[1] !== '' || !FORMATTING.has(name) || !isPlain(attribute)) return null;
    at = ATTRIBUTE.lastIndex;
  }
}

function isPlain([, name = '', double, single, bare]: RegExpExecArray): boolean {
  const lower = name.toLowerCase();
  const value = double ?? single ?? bare ?? '';
  if (!ATTRIBUTES.has(lower)) return false;
  if (ADDRESSES.has(lower)) return PLAIN_ADDRESS.test(value);
  return lower !== 'style' || PLAIN_STYLE.test(value);
}

function endOf(pattern: RegExp, text: string, at: number): number | null {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : null;
}
