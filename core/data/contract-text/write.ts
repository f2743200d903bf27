import { Document, isMap, isScalar, isSeq, visit } from 'yaml';
import { cleanLine } from '../../reports/characters.ts';
import { PERSONAL } from '../leniency.ts';
import type { ContractDraft, DraftColumn, DraftInside } from './draft.ts';

/** ODCS v3.1, which its published JSON Schema accepts. */
const VERSION = 'v3.1.0';

/**
 * Writes a draft as an ODCS contract that a person can go on with: YAML with a comment at each guess.
 * @param compact a line for each column, and no comments at columns: of thousands, nobody reads them one by one
 */
export function writeContract(draft: ContractDraft, compact = false): string {
  const document = new Document(contractOf(draft), { version: '1.2', schema: 'core' });
  document.commentBefore = commentOf(draft.comments);
  const columns = document.getIn(['schema', 0, 'properties']);
  if (isSeq(columns)) {
    columns.items.forEach((node, at) => {
      const comments = draft.columns[at]?.comments ?? [];
      if (!isMap(node)) return;
      node.flow = compact;
      if (compact) return;
      node.spaceBefore = at > 0;
      if (comments.length > 0) node.commentBefore = commentOf(comments);
    });
  }
  visit(document, {
    Seq(_, node) {
      if (node.items.length > 0 && node.items.every((item) => isScalar(item))) node.flow = true;
    },
    Scalar(key, node) {
      // Readers of YAML 1.1, which most tools for contracts are, take more words for dates, numbers and booleans.
      if (key !== 'key' && isScalar(node) && typeof node.value === 'string' && !isPlainWord(node.value))
        node.type = 'QUOTE_DOUBLE';
    },
  });
  return document.toString({ lineWidth: compact ? 0 : 120, indentSeq: true });
}

const WORD = /^[A-Za-z_][A-Za-z0-9_./() -]*$/;
const OTHER_IN_YAML_1_1 = /^(?:y|n|yes|no|on|off|true|false|null|inf|nan)$/i;

function isPlainWord(text: string): boolean {
  return WORD.test(text) && !OTHER_IN_YAML_1_1.test(text) && text.trim() === text;
}

/** Foreign text may hold line ends, of which each would end the comment. */
function commentOf(lines: readonly string[]): string {
  return lines.map((line) => ` ${cleanLine(line, 200)}`).join('\n');
}

function contractOf({ name, path, columns, rowCount, unique, foreignKeys, settings = {} }: ContractDraft): unknown {
  const quality = [
    ...(rowCount === null
      ? []
      : [{ name: 'enough rows', metric: 'rowCount', mustBeGreaterOrEqualTo: rowCount.atLeast, severity: 'error' }]),
    ...unique.map((properties) => ({ metric: 'duplicateValues', arguments: { properties }, mustBe: 0 })),
  ];
  const custom = Object.entries(settings).map(([property, value]) => ({ property, value }));
  const relationships = foreignKeys.map(({ columns: from, to }) => ({
    type: 'foreignKey',
    from: from.map((column) => `${name}.${column}`),
    to: to.columns.map((column) => `${to.object}.${column}`),
  }));
  return {
    apiVersion: VERSION,
    kind: 'DataContract',
    id: name,
    version: '1.0.0',
    status: 'draft',
    name,
    schema: [
      {
        name,
        ...(path === null ? {} : { physicalName: path }),
        logicalType: 'object',
        ...(custom.length === 0 ? {} : { customProperties: custom }),
        properties: columns.map(propertyOf),
        ...(relationships.length === 0 ? {} : { relationships }),
        ...(quality.length === 0 ? {} : { quality }),
      },
    ],
  };
}

function propertyOf(column: DraftColumn): unknown {
  const listed = { metric: 'invalidValues', arguments: { validValues: column.values }, mustBe: 0 };
  return { ...innerOf(column), ...(column.values === null ? {} : { quality: [listed] }) };
}

/** `quality` speaks of columns alone, so that what is inside of them has no set of values. */
function innerOf(column: DraftColumn): Readonly<Record<string, unknown>> {
  return { ...plainOf(column), ...(column.inside === undefined ? {} : insideOf(column.inside)) };
}

function insideOf(inside: DraftInside): Readonly<Record<string, unknown>> {
  if (inside.kind === 'object') return { logicalType: 'object', properties: inside.fields.map(innerOf) };
  const { options, items } = inside;
  const { name: _, ...element } = items === null ? {} : innerOf(items);
  return {
    logicalType: 'array',
    ...(Object.keys(options).length === 0 ? {} : { logicalTypeOptions: options }),
    ...(items === null ? {} : { items: element }),
  };
}

function plainOf(column: DraftColumn): Readonly<Record<string, unknown>> {
  const { name, logicalType, physicalType, description, required, unique, primaryKey, options, pii } = column;
  return {
    name,
    ...(description === null ? {} : { description }),
    ...(logicalType === null ? {} : { logicalType }),
    ...(physicalType === null ? {} : { physicalType }),
    ...(required ? { required } : {}),
    ...(unique ? { unique } : {}),
    ...(primaryKey === null ? {} : { primaryKey: true, primaryKeyPosition: primaryKey }),
    ...(Object.keys(options).length === 0 ? {} : { logicalTypeOptions: options }),
    ...(pii === null
      ? {}
      : { classification: 'confidential', customProperties: [{ property: PERSONAL, value: true }] }),
  };
}
