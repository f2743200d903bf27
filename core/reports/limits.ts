/** GitHub's limit of a check's summary and text; a comment may have one character more. */
export const MAX_TEXT = 65_535;

/** Room for the note that says what was cut. */
const NOTE = 200;

/**
 * Joins blocks of Markdown with empty lines. Past the limit, tables and lists lose rows and items from their end, blocks
 * that still do not fit are left out, and both is said: never half a row, fence or folded section.
 *
 * @param limit UTF-16 code units
 */
export function joinBlocks(blocks: readonly string[], limit = MAX_TEXT): string {
  return fill(blocks, limit, limit);
}

/**
 * As `joinBlocks`, for sections that are equal before the limit: where all together are too long, each gets its share, so
 * that a long one never crowds a short one out.
 */
export function joinSections(sections: readonly (readonly string[])[], limit = MAX_TEXT): string {
  const used = sections.map((blocks) => blocks.filter((block) => block !== '')).filter((blocks) => blocks.length > 0);
  const whole = used.map((blocks) => blocks.join('\n\n'));
  const room = limit - 2 * whole.length;
  const share = fairShare(
    whole.map((text) => text.length),
    room,
  );
  return used.map((blocks) => fill(blocks, share, limit)).join('\n\n');
}

/** The largest number so that sizes cut down to it fit into the room together. */
function fairShare(sizes: readonly number[], room: number): number {
  let [left, share] = [room, room];
  const ascending = [...sizes].sort((a, b) => a - b);
  for (const [index, size] of ascending.entries()) {
    share = Math.floor(left / (ascending.length - index));
    if (size > share) return share;
    left -= size;
  }
  return room;
}

function fill(blocks: readonly string[], limit: number, named: number): string {
  const used = blocks.filter((block) => block !== '');
  const whole = used.join('\n\n');
  if (whole.length <= limit) return whole;
  const kept: string[] = [];
  let [room, left] = [limit - NOTE, 0];
  for (const block of used) {
    const fitting = block.length + 2 <= room ? block : shortened(block, room - 2);
    if (fitting === null) left += 1;
    else kept.push(fitting);
    room -= (fitting?.length ?? -2) + 2;
  }
  const note = `> [!NOTE]\n> Cut here: ${left} more ${left === 1 ? 'section' : 'sections'} did not fit into GitHub's limit of ${named} characters.`;
  return [...kept, ...(left > 0 ? [note] : [])].join('\n\n');
}

/** A row of a table below its header, or an item of a list. Lines of ours only: foreign text never begins a line. */
const PART = /^(?:\| |(?:> )?- )/;
const RULE = /^\|(?: :?---:? \|)+$/;

/** The block with as many rows or items as fit, and with a line that says how many do not; null where not one fits. */
function shortened(block: string, room: number): string | null {
  const lines = block.split('\n');
  const rule = lines.findIndex((line) => RULE.test(line));
  const first = rule === -1 ? lines.findIndex((line) => PART.test(line)) : rule + 1;
  if (first === -1) return null;
  let end = first;
  while (PART.test(lines[end] ?? '')) end += 1;
  const [before, parts, after] = [lines.slice(0, first), lines.slice(first, end), lines.slice(end)];
  const words = rule === -1 ? 'items' : 'rows';
  const quoted = parts[0]?.startsWith('> ') === true ? '> ' : '';
  const around = [...before, ...after].join('\n').length + 80;
  let [count, size] = [0, around];
  while (count < parts.length && size + (parts[count]?.length ?? 0) + 1 <= room) {
    size += (parts[count]?.length ?? 0) + 1;
    count += 1;
  }
  if (count === 0) return null;
  if (count === parts.length) return block;
  const note = [quoted.trim(), `${quoted}Cut here: ${parts.length - count} more ${words} did not fit.`];
  return [...before, ...parts.slice(0, count), ...note, ...after].join('\n');
}
