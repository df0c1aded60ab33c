import { describe, expect, it } from 'vitest';
import { encodingFault, jsonFault } from './body-faults.js';

describe('a text that the parser refuses', () => {
  it.each([
    ['{"a":', 'Invalid JSON in the body: it ends too early.'],
    ['{"a":1', 'Invalid JSON in the body: it ends too early.'],
    ['{"a":"b', 'Invalid JSON in the body: it ends too early.'],
    ['', 'Invalid JSON in the body: it ends too early.'],
    ['{"secret": 1,}', 'Invalid JSON in the body at position 13.'],
    ['{"secret" 1}', 'Invalid JSON in the body at position 10.'],
    ['secret', 'Invalid JSON in the body.'],
  ])('%j is told without a word of it', (text, message) => {
    expect(jsonFault(text)).toMatchObject({
      code: 'VALIDATION_FAILED',
      message,
      details: { fields: [{ path: '', rule: 'NOT_JSON', message }] },
    });
  });

  it.each(['{"__proto__":{}}', '{"constructor":{"prototype":1}}'])('%s has a forbidden key', (text) => {
    expect(jsonFault(text)).toMatchObject({
      message: expect.stringContaining('__proto__'),
      details: { fields: [{ path: '', rule: 'FORBIDDEN_KEY' }] },
    });
  });
});

describe('what headers say of a body', () => {
  it.each([
    {},
    { 'content-type': 'application/json' },
    { 'content-type': 'application/json; charset=UTF-8' },
    { 'content-type': 'application/json;x=1;charset="us-ascii"' },
    { 'content-encoding': 'identity' },
  ])('%j is taken', (headers) => {
    expect(encodingFault(headers)).toBeNull();
  });

  it.each([
    [{ 'content-encoding': 'gzip' }, '(gzip)'],
    [{ 'content-encoding': 'identity, BR' }, '(br)'],
    [{ 'content-type': 'application/json; charset=utf-16' }, '(utf-16)'],
    [{ 'content-type': 'application/json; charset="iso-8859-1"' }, '(iso-8859-1)'],
  ])('%j is refused by name', (headers, name) => {
    expect(encodingFault(headers)).toMatchObject({ statusCode: 415, message: expect.stringContaining(name) });
  });

  it('is not quoted where it is no name', () => {
    const odd = { 'content-encoding': '<script>', 'content-type': 'x;charset=<b>' };
    expect(encodingFault(odd)?.message).not.toContain('<');
    expect(encodingFault({ 'content-type': odd['content-type'] })?.message).not.toContain('<');
  });
});
