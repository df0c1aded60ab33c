import { expect, it } from 'vitest';
import { decodedPath, routePath } from './route-path.js';

it.each([
  ['/graphql', '/graphql'],
  ['/graphql?a=/b#c', '/graphql'],
  ['/%67raphql#x', '/graphql'],
  ['http://127.0.0.1:4000/graphql?x', '/graphql'],
  ['HTTPS://host/%61pi/v1', '/api/v1'],
  ['http://host?x=/graphql', ''],
  ['/api%2Fv1', '/api%2Fv1'],
  ['/?u=http://host/graphql', '/'],
  ['/%E0%A4%A', '/%E0%A4%A'],
])('the path of %s is %s', (target, path) => {
  expect(decodedPath(target)).toBe(path);
});

it('of a request is that of its route, whatever its target says', () => {
  const request = { url: '/%67raphql', routeOptions: { url: '/graphql' } } as never;
  expect(routePath(request)).toBe('/graphql');
});
