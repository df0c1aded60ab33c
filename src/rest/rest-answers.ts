import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CountedPage } from './lists.js';
import { API, type ListRoute, type ObjectRoute, type Route } from './route.js';
import type { Views } from './views.js';

/** Header with the position of the live feed after a command or before a list, for those who follow changes. */
export const LIVE_REVISION = 'Live-Revision';

export const isList = (route: Route): route is ListRoute => 'lists' in route;

/** Answers what an operation gave: one object, with its address, entity tag and live revision. */
export function answerObject(
  route: ObjectRoute,
  views: Views,
  { request, reply, result }: { request: FastifyRequest; reply: FastifyReply; result: unknown },
): FastifyReply {
  const body = views.show(route.shows, route.from(result)) as Tagged;
  const { liveRevision } = result as { liveRevision?: string | null };
  if (typeof liveRevision === 'string') void reply.header(LIVE_REVISION, liveRevision);
  const tag = entityTag(body);
  if (tag !== null) void reply.header('etag', tag);
  if (route.method === 'GET' && tag !== null && isKnown(request.headers['if-none-match'], tag)) {
    return reply.code(304).send();
  }
  if (route.creates) void reply.header('location', `${collectionOf(route)}/${body.id}`);
  return reply.code(statusOf(route, result)).send(body);
}

interface Tagged {
  readonly id?: string;
  readonly revision?: number;
  readonly lastReportedAt?: string | null;
}

function statusOf({ creates, doneWhen }: ObjectRoute, result: unknown): number {
  if (creates) return 201;
  return doneWhen === undefined || doneWhen(result) ? 200 : 202;
}

/** `/api/v1/definitions` for every route below it. */
function collectionOf({ path }: Route): string {
  return `${API}/${path.split('/')[1] ?? ''}`;
}

/**
 * The revision, which is what `If-Match` needs. Telemetry does not raise it, so where there is any the time of the
 * latest report is a part of the tag: the same tag always stands for the same text.
 */
function entityTag({ revision, lastReportedAt }: Tagged): string | null {
  if (revision === undefined) return null;
  return lastReportedAt == null ? `"${revision}"` : `"${revision}-${Date.parse(lastReportedAt)}"`;
}

function isKnown(header: string | undefined, tag: string): boolean {
  const tags = (header ?? '').split(',').map((text) => text.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(tag);
}

/** Answers a page, with links to its neighbours. */
export function answerList(
  route: ListRoute,
  views: Views,
  { request, reply, result }: { request: FastifyRequest; reply: FastifyReply; result: unknown },
): FastifyReply {
  const { page, totalCount } = result as CountedPage;
  const { items, hasNextPage, hasPreviousPage } = page;
  const pageInfo = {
    hasNextPage,
    hasPreviousPage,
    startCursor: items[0]?.cursor ?? null,
    endCursor: items.at(-1)?.cursor ?? null,
  };
  const links = [
    ...(hasNextPage ? [link(request.url, ['first', 'after'], pageInfo.endCursor, 'next')] : []),
    ...(hasPreviousPage ? [link(request.url, ['last', 'before'], pageInfo.startCursor, 'prev')] : []),
  ];
  const known = links.filter((text) => text !== null);
  if (known.length > 0) void reply.header('link', known.join(', '));
  if (page.liveRevision !== undefined) void reply.header(LIVE_REVISION, page.liveRevision);
  return reply.send({
    items: items.map(({ item }) => views.show(route.lists, item)),
    pageInfo,
    ...(totalCount === null ? {} : { totalCount }),
  });
}

/** The same list, as many items, on from the cursor. */
function link(
  url: string,
  [size, from]: readonly [size: string, from: string],
  cursor: string | null,
  rel: string,
): string | null {
  if (cursor === null) return null;
  const [path = '', text = ''] = url.split('?');
  const query = new URLSearchParams(text);
  const count = query.get('first') ?? query.get('last');
  for (const name of ['first', 'after', 'last', 'before']) query.delete(name);
  if (count !== null) query.set(size, count);
  query.set(from, cursor);
  return `<${path}?${query.toString()}>; rel="${rel}"`;
}
