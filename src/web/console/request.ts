import { ApiError, faultOf, faultsOf, unreachable } from './fault.js';

/** The text of a GraphQL operation that knows the types of its variables and its result. */
export type Document<Result, Variables> = string & {
  readonly __types?: (variables: Variables) => Result;
};

export function document<Result, Variables = Record<string, never>>(
  text: string,
): Document<Result, Variables> {
  return text;
}

const signedOut = new EventTarget();

/** Calls `listener` whenever the server does not know the caller any more. */
export function onSignedOut(listener: () => void): () => void {
  signedOut.addEventListener('signed-out', listener);
  return () => signedOut.removeEventListener('signed-out', listener);
}

export function announceSignedOut(): void {
  signedOut.dispatchEvent(new Event('signed-out'));
}

/** Runs a query or mutation. @throws ApiError */
export async function request<Result, Variables>(
  operation: Document<Result, Variables>,
  variables: Variables,
  signal?: AbortSignal,
): Promise<Result> {
  const response = await send('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'apollo-require-preflight': 'true' },
    body: JSON.stringify({ query: operation, variables }),
    ...(signal ? { signal } : {}),
  });
  const answer = await readJson(response);
  const errors = answer['errors'];
  if (Array.isArray(errors) && errors.length > 0) {
    const error = new ApiError(faultsOf(errors));
    if (error.has('UNAUTHENTICATED')) announceSignedOut();
    throw error;
  }
  if (!answer['data']) throw unexpected(response);
  return answer['data'] as Result;
}

/** A plain HTTP call; an answer that is no success is thrown with what its problem details say. */
export async function call(path: string, init: RequestInit): Promise<void> {
  const response = await send(path, init);
  if (response.ok) return;
  const problem = await readJson(response);
  if (typeof problem['code'] !== 'string') throw unexpected(response);
  throw new ApiError([faultOf({ ...problem, message: problem['message'] ?? problem['detail'] })]);
}

async function send(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, { ...init, credentials: 'same-origin' });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw unreachable();
  }
}

async function readJson(response: Response): Promise<Record<string, unknown>> {
  const body: unknown = await response.json().catch(() => null);
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
}

function unexpected(response: Response): ApiError {
  const message = `The server answered ${response.status} ${response.statusText} without saying why.`.trim();
  return new ApiError([faultOf({ code: 'UNEXPECTED_ANSWER', message })]);
}
