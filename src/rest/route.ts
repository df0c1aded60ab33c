import type { z } from 'zod';
import type { Context } from '../context.js';
import type { ErrorCode } from '../errors.js';
import type { Command, Query } from '../lib/operation.js';

/** Where all routes of this version begin. */
export const API = '/api/v1';

/** A query or command that a route can run. */
export type RestOperation = Query<Context, z.ZodType, unknown> | Command<Context, z.ZodType, unknown>;

type OperationOf<Request extends z.ZodType, Result> =
  Query<Context, Request, Result> | Command<Context, Request, Result>;

/** Names on the route (of a path or query parameter) and the dotted place of each in the operation's request. */
export type Places = Readonly<Record<string, string>>;

interface RouteBase<Request extends z.ZodType, Result> {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below `/api/v1`, parameters in braces: `/definitions/{id}/sync`. */
  readonly path: string;
  readonly operation: OperationOf<Request, Result>;
  /** Path parameters whose field has another name. */
  readonly params?: Places;
  readonly query?: Places;
  /** The rest of the request is the JSON body. */
  readonly takesBody?: true;
  /** What this operation can answer beside the codes that every one can. */
  readonly errors?: readonly ErrorCode[];
}

/** A route that answers one object: the object type of the schema, and where it is in the operation's result. */
export interface ObjectRow<Request extends z.ZodType, Result> extends RouteBase<Request, Result> {
  readonly shows: string;
  readonly from: (result: Result) => object;
  /** Answers 201 with the address of the new object. */
  readonly creates?: true;
  /** Answers 202 as long as this does not hold: the request is recorded only. */
  readonly doneWhen?: (result: Result) => boolean;
}

/** A route that answers a page of objects of this type. */
export interface ListRow<Request extends z.ZodType, Result> extends RouteBase<Request, Result> {
  readonly lists: string;
  /** Finds one by natural key when exactly these parameters are given; the page holds it or is empty. */
  readonly byKey?: { readonly operation: RestOperation; readonly query: Places };
}

export type ObjectRoute = ObjectRow<z.ZodType, unknown>;
export type ListRoute = ListRow<z.ZodType, unknown>;
export type Route = ObjectRoute | ListRoute;

export function objectRoute<Request extends z.ZodType, Result>(row: ObjectRow<Request, Result>): Route {
  return row as unknown as Route;
}

export function listRoute<Request extends z.ZodType, Result, KeyRequest extends z.ZodType, Found>(
  row: Omit<ListRow<Request, Result>, 'byKey' | 'method'>,
  byKey: { readonly operation: OperationOf<KeyRequest, Found>; readonly query: Places },
): Route {
  return { ...row, method: 'GET', byKey } as unknown as Route;
}

/** The routes of one feature. */
export interface RouteTable {
  readonly tag: string;
  readonly description: string;
  /** Fields of object types that REST does not show, beside those that lead to other objects. */
  readonly leavesOut: Readonly<Record<string, readonly string[]>>;
  readonly routes: readonly Route[];
}
