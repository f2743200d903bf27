import pg from 'pg';

/** Characters in a row of a secret that nobody may see. */
const ENOUGH = 16;
/** What no secret of ours is, but would let whoever has it in: tokens of GitHub and of ingest, JWTs, keys. */
const SHAPES =
  /gh[a-z]_[A-Za-z0-9_-]{16}|github_pat_\w{16}|eyJ[\w-]{10,}\.[\w-]{10,}|-----BEGIN [A-Z ]*PRIVATE KEY|x-access-token:\w|[1-9]\d{9}\.[\w-]{43}/g;

/**
 * Names of the secrets of which something stands in the text: as it is, in base64 or in hexadecimal. It is written apart
 * from what hides them, so that the two do not share a mistake.
 */
export function leaks(text: string, secrets: Readonly<Record<string, string>>): readonly string[] {
  const named = Object.entries(secrets).filter(([, secret]) => partsOf(secret).some((part) => text.includes(part)));
  const shaped = [...new Set(text.match(SHAPES))].map((found) => `something like ${found.slice(0, 8)}…`);
  return [...named.map(([name]) => name), ...shaped];
}

function partsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const parts = [bytes.toString('hex').slice(4, 44), bytes.toString('base64').slice(4, 28)];
  for (const line of secret.split(/\s+/).filter((one) => one.length >= ENOUGH))
    for (let at = 0; at + ENOUGH <= line.length; at += ENOUGH / 2) parts.push(line.slice(at, at + ENOUGH));
  // A shorter one counts whole.
  return parts.length > 2 ? parts : [...parts, secret];
}

/** All rows of all tables, as text, with the name of their table in front. */
export async function allRows(databaseUrl: string): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const tables = await client.query<{ name: string }>(
      `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
       where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
    );
    const rows: string[] = [];
    for (const { name } of tables.rows) {
      const found = await client.query<{ row: string }>(`select row_to_json(t)::text as row from ${name} as t`);
      rows.push(...found.rows.map(({ row }) => `${name} ${row}`));
    }
    return rows;
  } finally {
    await client.end();
  }
}
