import { describe, expect, it } from 'vitest';
import type { Rest } from '../../shared/destination/outcome.ts';
import { outcomeOfResult } from '../../shared/http/outcome-of-result.ts';

function restOf(text: string, headers: Readonly<Record<string, string>> = {}, status = 200): Rest {
  return outcomeOfResult({ kind: 'answer', status, headers, text }, { nowMs: 0 }).rest;
}

describe('an answer with a good status', () => {
  it.each([
    '',
    '{}',
    '{"requestId":"r"}',
    '{"id":null}',
    '{"text":"Success","code":0}',
    'ok',
    '{"errors":[]}',
    '{"error":null}',
  ])('means delivered with %s', (text) => {
    expect(restOf(text)).toEqual({ fate: 'delivered' });
  });

  it.each(['{"text":"Success","code":0}', '{"requestId":"r"}', '[]', '{}', ''])(
    'means delivered with %s, although it is called HTML',
    (text) => {
      expect(restOf(text, { 'content-type': 'text/html; charset=UTF-8' })).toEqual({ fate: 'delivered' });
    },
  );

  it.each([
    ['{"error":"no"}', { 'content-type': 'text/html' }],
    ['"Sign in"', { 'content-type': 'text/html' }],
    ['<html>', {}],
    [' \n<!DOCTYPE html><p>Sign in</p>', {}],
    ['Sign in', { 'content-type': 'text/html; charset=utf-8' }],
    ['{"errors":[{"title":"Bad Request"}]}', {}],
    ['{"error":"no"}', {}],
    ['{"error":{"code":7}}', {}],
    ['{"detail":"denied"}', {}],
  ])('is no delivery with %s', (text, headers) => {
    expect(restOf(text, headers)).toEqual({ fate: 'retry', reason: 'bad-answer' });
  });

  it('is left alone where the status is bad already', () => {
    expect(restOf('<html>', {}, 403)).toEqual({ fate: 'misconfigured', reason: 'not-authorized' });
  });
});
