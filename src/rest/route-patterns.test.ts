import { expect, it } from 'vitest';
import { routePatterns } from './route-patterns.js';

it('the methods of a path are those of every route that it fits', () => {
  const patterns = routePatterns();
  patterns.add('/api/v1/things/:id', ['GET', 'HEAD']);
  patterns.add('/api/v1/things/:id', ['DELETE']);
  patterns.add('/api/v1/things/reload', ['POST']);
  patterns.add('/assets/*', ['GET']);
  patterns.add('/openapi.json', ['GET']);
  expect(patterns.methodsOf('/api/v1/things/x')).toEqual(['DELETE', 'GET', 'HEAD']);
  expect(patterns.methodsOf('/api/v1/things/reload')).toEqual(['DELETE', 'GET', 'HEAD', 'POST']);
  expect(patterns.methodsOf('/assets/a/b.js')).toEqual(['GET']);
  for (const path of ['/api/v1/things', '/api/v1/things/', '/api/v1/things/x/y', '/openapiXjson', '/']) {
    expect(patterns.methodsOf(path)).toEqual([]);
  }
});
