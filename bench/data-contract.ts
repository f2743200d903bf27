import { kindOf, WIDE_COLUMNS } from './data-inputs.ts';

/** 20 rules of columns, two of the table, and all columns together unique. */
export const FLIGHTS_CONTRACT = `
apiVersion: v3.1.0
kind: DataContract
id: flights
version: 1.0.0
status: active
schema:
  - name: flights
    properties:
      - name: date
        logicalType: timestamp
        required: true
        logicalTypeOptions: { minimum: "2001-01-01 00:00:00", maximum: "2001-12-31 00:00:00" }
      - name: delay
        logicalType: integer
        required: true
        logicalTypeOptions: { minimum: -2000, maximum: 2000 }
      - name: distance
        logicalType: integer
        required: true
        logicalTypeOptions: { minimum: 1, maximum: 6000 }
      - name: origin
        logicalType: string
        required: true
        logicalTypeOptions: { minLength: 3, maxLength: 3, pattern: "^[A-Z]{3}$" }
      - name: destination
        logicalType: string
        required: true
        logicalTypeOptions: { minLength: 3, maxLength: 3, pattern: "^[A-Z]{3}$" }
    quality:
      - { type: library, metric: rowCount, mustBeGreaterThan: 1000 }
      - type: library
        metric: duplicateValues
        arguments: { properties: [date, delay, distance, origin, destination] }
        mustBe: 0
`;

/** Four columns of the flights, with no rule but their types. */
export const HALVES_CONTRACT = `
apiVersion: v3.1.0
kind: DataContract
id: halves
version: 1.0.0
status: active
schema:
  - name: halves
    properties:
      - { name: delay, logicalType: integer }
      - { name: distance, logicalType: integer }
      - { name: origin, logicalType: string }
      - { name: destination, logicalType: string }
`;

/** Two rules for each of a thousand columns. */
export function wideContract(): string {
  const columns = Array.from(
    { length: WIDE_COLUMNS },
    (_, index) => `      - { name: x${index}, logicalType: ${kindOf(index)}, required: true }`,
  );
  return `
apiVersion: v3.1.0
kind: DataContract
id: wide
version: 1.0.0
status: active
schema:
  - name: wide
    properties:
${columns.join('\n')}
`;
}
