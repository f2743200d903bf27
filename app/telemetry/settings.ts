import { z } from 'zod';
import type { TraceSettings } from './telemetry.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const Address = z.url({ protocol: /^https?$/ });
const Ratio = z.coerce.number().min(0).max(1);

/**
 * Settings of traces by OpenTelemetry's own names (https://opentelemetry.io/docs/specs/otel/protocol/exporter/). Null
 * where no collector is named. Others of those names, such as OTEL_EXPORTER_OTLP_CERTIFICATE and
 * OTEL_EXPORTER_OTLP_COMPRESSION, the exporter reads by itself.
 * @param problems gets a line for each that is wrong
 */
export function readTraceSettings(env: Environment, problems: string[]): TraceSettings | null {
  const given = (name: string): string | undefined => env[name]?.trim() || undefined;
  const own = given('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT');
  const shared = given('OTEL_EXPORTER_OTLP_ENDPOINT');
  if ((own ?? shared) === undefined || given('OTEL_SDK_DISABLED') === 'true') return null;
  const name = own === undefined ? 'OTEL_EXPORTER_OTLP_ENDPOINT' : 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT';
  const address = Address.safeParse(own ?? shared);
  if (!address.success)
    problems.push(`${name}: expected an address such as http://127.0.0.1:4318, found something else`);
  const ratio = Ratio.safeParse(given('OTEL_TRACES_SAMPLER_ARG') ?? 1);
  if (!ratio.success)
    problems.push('OTEL_TRACES_SAMPLER_ARG: expected the part of traces to tell, 0 to 1, found something else');
  const listed = given('OTEL_EXPORTER_OTLP_TRACES_HEADERS') ?? given('OTEL_EXPORTER_OTLP_HEADERS') ?? '';
  const headers = readHeaders(listed);
  if (headers === null)
    problems.push('OTEL_EXPORTER_OTLP_HEADERS: expected name=value,name=value, percent-encoded, found something else');
  if (!address.success || !ratio.success || headers === null) return null;
  return {
    // The shared one is a base for all signals; the own one is used as it is.
    url: own === undefined ? `${address.data.replace(/\/+$/, '')}/v1/traces` : address.data,
    headers,
    ratio: ratio.data,
    service: given('OTEL_SERVICE_NAME') ?? 'trainyard',
  };
}

/** As W3C Baggage writes them. Null where one is not of that form; the value is never part of a message. */
function readHeaders(listed: string): Readonly<Record<string, string>> | null {
  const pairs = listed.split(',').flatMap((pair) => (pair.trim() === '' ? [] : [pair]));
  try {
    const entries = pairs.map((pair) => {
      const [, name = '', value = ''] = /^\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=\s*(.*?)\s*$/.exec(pair) ?? [];
      return [name, decodeURIComponent(value)] as const;
    });
    return entries.some(([name]) => name === '') ? null : Object.fromEntries(entries);
  } catch {
    return null;
  }
}
