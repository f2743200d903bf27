import { expect, test } from 'vitest';
import { readTraceSettings } from '../../../app/telemetry/settings.ts';

const BASE = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318/' };
const read = (env: Readonly<Record<string, string>>) => {
  const problems: string[] = [];
  return { settings: readTraceSettings(env, problems), problems };
};

test.each([
  ['nothing is named', {}],
  ['it is empty', { OTEL_EXPORTER_OTLP_ENDPOINT: ' ' }],
  ['the SDK is off', { ...BASE, OTEL_SDK_DISABLED: 'true' }],
])('where %s, nothing is traced', (_, env) => {
  expect(read(env)).toEqual({ settings: null, problems: [] });
});

test('the shared address is a base, the one for traces is used as it is', () => {
  expect(read(BASE).settings).toEqual({
    ...{ url: 'http://127.0.0.1:4318/v1/traces', headers: {}, ratio: 1, service: 'trainyard' },
  });
  const own = { ...BASE, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://collector.example.com/in' };
  expect(read(own).settings?.url).toBe('https://collector.example.com/in');
});

test('headers, ratio and name are read', () => {
  const env = {
    ...BASE,
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20abc, x-team = a=b ,',
    OTEL_TRACES_SAMPLER_ARG: '0.25',
    OTEL_SERVICE_NAME: 'yard',
  };
  expect(read(env).settings).toMatchObject({
    headers: { authorization: 'Bearer abc', 'x-team': 'a=b' },
    ratio: 0.25,
    service: 'yard',
  });
});

test.each([
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
  ['OTEL_TRACES_SAMPLER_ARG', '1.5'],
  ['OTEL_TRACES_SAMPLER_ARG', 'always'],
  ['OTEL_EXPORTER_OTLP_HEADERS', 'secret without a name'],
  ['OTEL_EXPORTER_OTLP_HEADERS', 'a=%zz'],
])('a wrong %s is named, and what it holds is not', (name, value) => {
  const { settings, problems } = read({ ...BASE, [name]: value });
  expect(settings).toBeNull();
  expect(problems).toEqual([expect.stringMatching(new RegExp(`^${name}: expected `))]);
  expect(problems.join()).not.toContain(value);
});
