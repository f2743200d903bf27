import { quotePath } from '../sql/quote.ts';

/**
 * Footers of Parquet say the number of rows at three places: for the file, for each row group and for each column of it.
 * Readers go by different ones, so a file in which they differ holds other rows for training than for us. Null where no
 * file does. Of lists, a column holds more values than rows. They also say twice where a column begins: where its
 * dictionary lies behind its data, DuckDB begins at the dictionary and Arrow at the data. And each column chunk repeats
 * the name and the type of its column, by which some readers find it and others refuse it.
 */
export function unevenFooters(paths: readonly string[]): string {
  const files = listOf(paths);
  return `WITH file AS MATERIALIZED (SELECT file_name, num_rows, file_size_bytes FROM parquet_file_metadata(${files})),
      field AS MATERIALIZED (SELECT file_name, column_id, name, type, repetition_type, num_children FROM parquet_schema(${files})),
      chunk AS MATERIALIZED (SELECT file_name, row_group_id, row_group_num_rows AS n, column_id, path_in_schema AS path, type, num_values,
        dictionary_page_offset, data_page_offset, total_compressed_size FROM parquet_metadata(${files})),
      leaf AS (SELECT file_name, name, type, row_number() OVER (PARTITION BY file_name ORDER BY column_id) - 1 AS column_id
        FROM field WHERE column_id > 0 AND coalesce(num_children, 0) = 0)
    SELECT f.file_name, 'the file has ' || f.num_rows || ' rows, its row groups have ' || coalesce(sum(g.n), 0)
    FROM file f LEFT JOIN (SELECT DISTINCT file_name, row_group_id, n FROM chunk) g USING (file_name)
    GROUP BY f.file_name, f.num_rows HAVING f.num_rows <> coalesce(sum(g.n), 0)
    UNION ALL SELECT file_name, 'a row group has ' || n || ' rows, its column ' || path || ' has ' || num_values || ' values'
    FROM chunk WHERE num_values < n OR (num_values > n AND NOT contains(path, ', ')
      AND (file_name, path) NOT IN (SELECT file_name, name FROM field WHERE repetition_type = 'REPEATED'))
    UNION ALL SELECT file_name, 'the dictionary of column ' || path || ' begins at byte ' || dictionary_page_offset || ', behind its data at byte ' || data_page_offset
    FROM chunk WHERE num_values > 0 AND dictionary_page_offset > data_page_offset
    UNION ALL SELECT file_name, 'the dictionary of column ' || path || ' begins at byte ' || dictionary_page_offset || ', where no page can'
    FROM chunk WHERE dictionary_page_offset < 4 AND dictionary_page_offset <> 0
    UNION ALL SELECT file_name, 'column ' || leaf.name || ' is of type ' || leaf.type || ', and its values are said to be ' || path || ' of type ' || chunk.type
    FROM chunk JOIN leaf USING (file_name, column_id)
    WHERE chunk.type <> leaf.type OR (path <> leaf.name AND NOT ends_with(path, ', ' || leaf.name))
    UNION ALL SELECT file_name, 'column ' || path || ' has ' || total_compressed_size || ' bytes, the file ' || file_size_bytes
    FROM chunk JOIN file USING (file_name)
    WHERE num_values > 0 AND (total_compressed_size <= 0 OR total_compressed_size > file_size_bytes)
    ORDER BY ALL LIMIT 1`;
}

/** How DuckDB names what a logical type says; null for those that it goes by itself. */
const LOGICAL = `CASE WHEN logical_type LIKE 'DateType(%' THEN 'DATE'
  WHEN logical_type LIKE 'DecimalType(%' AND duckdb_type <> 'DOUBLE'
    THEN regexp_replace(logical_type, 'DecimalType\\(scale=(-?\\d+), precision=(-?\\d+)\\)', 'DECIMAL(\\2,\\1)')
  WHEN logical_type LIKE 'IntType(%' THEN CASE WHEN logical_type LIKE '%isSigned=0)' THEN 'U' ELSE '' END ||
    -- The width is written as the character with that number.
    coalesce(CASE ascii(substr(logical_type, 18, 1)) WHEN 8 THEN 'TINYINT' WHEN 16 THEN 'SMALLINT' WHEN 32 THEN 'INTEGER' WHEN 64 THEN 'BIGINT' END, 'INT') END`;

/**
 * Columns have an older and a newer type: of integers, decimals and dates, DuckDB goes by the older and Arrow by the newer.
 * A column whose types differ: name, the newer, the older as DuckDB has it, and whether the file states the older one.
 */
export function typesApart(paths: readonly string[]): string {
  return `SELECT file_name, name, ${LOGICAL} AS newer, duckdb_type, converted_type IS NOT NULL AS stated
    FROM parquet_schema(${listOf(paths)}) WHERE newer <> duckdb_type ORDER BY stated DESC, file_name, column_id LIMIT 1`;
}

/** Files whose footer is plain and states how columns are encrypted. */
export function encryptedFiles(paths: readonly string[]): string {
  return `SELECT file_name FROM parquet_file_metadata(${listOf(paths)}) WHERE encryption_algorithm IS NOT NULL ORDER BY ALL LIMIT 1`;
}

/** A decimal of more than 38 digits, of which DuckDB makes another number: 1.5 becomes 108086391056891904. No row where there is none. */
export function misreadDecimals(paths: readonly string[]): string {
  return `SELECT file_name, name FROM parquet_schema(${listOf(paths)})
    WHERE duckdb_type = 'DOUBLE' AND type <> 'DOUBLE' ORDER BY file_name, column_id LIMIT 1`;
}

/** What some files hold and others do not: a name, its type, a file that has it so, and in how many files it is so. */
export function unlikeSchemas(paths: readonly string[]): string {
  return `WITH fields AS (SELECT file_name, name, coalesce(duckdb_type, converted_type, 'a group') AS type, count(*) AS n
      FROM parquet_schema(${listOf(paths)}) WHERE column_id > 0 GROUP BY ALL)
    SELECT name, type, min(file_name), count(*) FROM fields GROUP BY name, type, n HAVING count(*) < ${new Set(paths).size}
    ORDER BY ALL LIMIT 2`;
}

/** The tree of the first file's schema, its root left out: name and number of children, parents first. */
export function schemaQuery([first = '']: readonly string[]): string {
  return `SELECT name, coalesce(num_children, 0) FROM parquet_schema(${listOf([first])}) WHERE column_id > 0 ORDER BY column_id`;
}

/** Names of the columns, as the file has them. @param rows of `schemaQuery` */
export function columnNames(rows: readonly (readonly unknown[])[]): readonly string[] {
  const names: string[] = [];
  // Fields still to come that lie within a column.
  let within = 0;
  for (const [name, children] of rows) {
    if (within === 0) names.push(String(name));
    else within -= 1;
    within += Number(children);
  }
  return names;
}

function listOf(paths: readonly string[]): string {
  return `[${paths.map(quotePath).join(', ')}]`;
}
