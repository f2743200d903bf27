import { expect, test } from 'vitest';
import { recordingJudge } from './recording-judge.ts';

const exchange = {
  method: 'GET',
  path: '/repos/acme/flights/nothing',
  query: new URLSearchParams(),
  requestBody: undefined,
  status: 200,
  responseBody: {},
};

test('each distinct violation is listed once', () => {
  const judge = recordingJudge();
  judge.observe(exchange);
  judge.observe(exchange);
  expect(judge.violations()).toHaveLength(1);
  expect(() => judge.assertClean()).toThrow(/^1 violations .*\n- GET \/repos\/acme\/flights\/nothing/);
});

test('a judge that saw only good exchanges is clean', () => {
  const judge = recordingJudge();
  judge.observe({ ...exchange, status: 501 });
  expect(() => judge.assertClean()).not.toThrow();
});

test('a judge that saw nothing is not clean, since it may not be connected', () => {
  expect(() => recordingJudge().assertClean()).toThrow('saw no exchange');
});
