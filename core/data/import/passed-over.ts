/** Keywords that say nothing of data, of JSON Schema, of OpenAPI and of Frictionless' schemas alike. */
const SILENT = [
  ...['$schema', '$id', 'id', '$anchor', '$comment', '$vocabulary', '$defs', 'definitions', 'title', 'description'],
  ...['default', 'example', 'examples', 'deprecated', 'readOnly', 'writeOnly', 'externalDocs', 'name', 'rdfType'],
  ...['profile', 'sources', 'licenses', 'homepage', 'version', 'created', 'contributors', 'keywords', 'image', 'type'],
];

/** The keys that no contract was made of, which a note must name. `x-…` and `$…:` are other tools' own. */
export function passedOver(schema: object, read: readonly string[]): readonly string[] {
  return Object.entries(schema)
    .filter(([key, value]) => value !== undefined && !read.includes(key) && !SILENT.includes(key) && !/^x-/.test(key))
    .map(([key]) => key.slice(0, 100));
}
