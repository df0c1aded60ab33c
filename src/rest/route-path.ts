import type { FastifyRequest } from 'fastify';

/**
 * The path of the route that answers a request; where there is none, the path as the router has read it. Never compare
 * `request.url` instead: the router also takes an absolute target (`POST http://host/graphql`) and percent-encoded
 * letters (`/%67raphql`), so what is compared as text would be another path than the one that is served.
 */
export function routePath({ routeOptions, url }: Pick<FastifyRequest, 'routeOptions' | 'url'>): string {
  return routeOptions.url ?? decodedPath(url);
}

const AUTHORITY = /^https?:\/\/[^/?#]*/i;
const END_OF_PATH = /[?#]/;

/** The path of a request target (RFC 9112, section 3.2), with its letters decoded and its separators left as they are. */
export function decodedPath(target: string): string {
  const path = target.replace(AUTHORITY, '').split(END_OF_PATH, 1)[0] ?? '';
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}
