import { quoteText } from '../sql/quote.ts';
import type { TextFormat } from '../text-format.ts';
import { toRe2 } from './pattern-sql.ts';

/** The condition that a text is of the format, with the same meaning as `TextFormat.test`; NULL may stand for false. */
export function formatCondition(format: TextFormat, text: string): string {
  const shaped =
    format.pattern === null ? 'true' : `regexp_matches(${text}, ${quoteText(re2Of(format.pattern.source))})`;
  switch (format.name) {
    case 'json':
      return jsonCondition(text);
    case 'date':
      return `${shaped} AND TRY_CAST(${text} AS DATE) IS NOT NULL`;
    case 'timestamp':
      // The day must exist; hours and offsets the pattern alone can't bound.
      return `${shaped} AND TRY_CAST(substr(${text}, 1, 10) AS DATE) IS NOT NULL AND regexp_matches(substr(${text}, 12), ${quoteText(CLOCK)})`;
    case 'time':
      return `${shaped} AND regexp_matches(${text}, ${quoteText(CLOCK)})`;
    case 'hostname':
      return `${shaped} AND length(${text}) <= 253`;
    case 'email':
    case 'uuid':
    case 'uri':
    case 'url':
    case 'ipv4':
    case 'ipv6':
    case 'byte':
      return shaped;
  }
}

/** A time of day with offsets up to 18 hours, as `time.ts` reads it. */
const CLOCK = `\\A(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]{1,9})?)?(?:Z|[+-](?:0[0-9]|1[0-8])(?::?[0-5][0-9])?)?\\z`;

function re2Of(source: string): string {
  const pattern = toRe2(source);
  if (pattern === null) throw new Error(`RE2 has no form of ${source}`);
  return pattern;
}

/** DuckDB also takes NaN, infinities and a comma at the end, outside of strings. */
function jsonCondition(text: string): string {
  const bare = `regexp_replace(${text}, '"(?:[^"\\\\]|\\\\.)*"', '""', 'gs')`;
  return `json_valid(${text}) AND NOT regexp_matches(${bare}, '(?i),\\s*[\\]}]|nan|inf')`;
}
