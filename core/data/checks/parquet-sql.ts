import { quotePath } from '../sql/quote.ts';

/**
 * Footers of Parquet say the number of rows at three places: for the file, for each row group and for each column of it.
 * Readers go by different ones, so a file in which they differ holds other rows for training than for us. Null where no
 * file does. Of lists, a column holds more values than rows. They also say twice where a column begins: where its
 * dictionary lies behind its data, DuckDB begins at the dictionary and Arrow at the data.
 * And they have an older and a newer type of each column: of integers, decimals and dates, DuckDB goes by the older and
 * Arrow by the newer.
 */
export function unevenFooters(paths: readonly string[]): string {
  const files = listOf(paths);
  const groups = `SELECT DISTINCT file_name, row_group_id, row_group_num_rows AS n FROM parquet_metadata(${files})`;
  const repeated = `SELECT file_name, name FROM parquet_schema(${files}) WHERE repetition_type = 'REPEATED'`;
  return `SELECT f.file_name, 'the file has ' || f.num_rows || ' rows, its row groups have ' || coalesce(sum(g.n), 0)
    FROM parquet_file_metadata(${files}) f LEFT JOIN (${groups}) g USING (file_name)
    GROUP BY f.file_name, f.num_rows HAVING f.num_rows <> coalesce(sum(g.n), 0)
    UNION ALL SELECT file_name, 'a row group has ' || row_group_num_rows || ' rows, its column ' || path_in_schema || ' has ' || num_values || ' values'
    FROM parquet_metadata(${files})
    WHERE num_values < row_group_num_rows OR (num_values > row_group_num_rows AND NOT contains(path_in_schema, ', ')
      AND (file_name, path_in_schema) NOT IN (${repeated}))
    UNION ALL SELECT file_name, 'the dictionary of column ' || path_in_schema || ' begins at byte ' || dictionary_page_offset || ', behind its data at byte ' || data_page_offset
    FROM parquet_metadata(${files}) WHERE num_values > 0 AND dictionary_page_offset > data_page_offset
    UNION ALL SELECT file_name, 'column ' || name || ' is ' || regexp_replace(logical_type, 'bitWidth=[^,]*, ', '') || ' by its logical type, and ' || duckdb_type || ' without it'
    FROM parquet_schema(${files}) WHERE (logical_type LIKE 'IntType(%isSigned=0)' AND duckdb_type NOT LIKE 'U%')
      OR (logical_type LIKE 'IntType(%isSigned=1)' AND duckdb_type LIKE 'U%') OR (logical_type LIKE 'DateType(%' AND duckdb_type <> 'DATE')
      OR (duckdb_type <> 'DOUBLE' AND logical_type LIKE 'DecimalType(%' AND duckdb_type <>
        regexp_replace(logical_type, 'DecimalType\\(scale=(-?\\d+), precision=(-?\\d+)\\)', 'DECIMAL(\\2,\\1)'))
    ORDER BY ALL LIMIT 1`;
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
