import { request as httpRequest, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { StreamLog } from './stream-log.js';

/** One event, as a browser would hand it on. */
export interface StreamEvent {
  readonly event: string;
  readonly id: string | null;
  readonly data: any;
  readonly retry: number | null;
}

interface AnsweredStream {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly events: AsyncIterable<StreamEvent>;
  /** What was answered in place of a stream. */
  readonly body: any;
  pause(): void;
  resume(): void;
  close(): void;
}

export interface EventStream extends Omit<AnsweredStream, 'events'> {
  readonly log: StreamLog<StreamEvent>;
}

interface StreamRequest {
  readonly token?: string | null;
  readonly query: string;
  readonly variables?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: 'GET' | 'POST';
}

/** Opens an event stream by hand, so that a test sees every byte of it. */
export async function openEventStream(url: string, options: StreamRequest): Promise<EventStream> {
  const { events, ...stream } = await requestEventStream(url, options);
  return { ...stream, log: new StreamLog(events) };
}

/** The same, with its events not read yet. */
export async function requestEventStream(url: string, options: StreamRequest): Promise<AnsweredStream> {
  const { token, query, variables = {}, method = 'POST' } = options;
  const body = JSON.stringify({ query, variables });
  const address = new URL('/graphql/stream', url);
  if (method === 'GET') {
    address.searchParams.set('query', query);
    address.searchParams.set('variables', JSON.stringify(variables));
  }
  const request = httpRequest(address, {
    method,
    agent: false,
    headers: {
      accept: 'text/event-stream',
      ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...options.headers,
    },
  });
  request.end(method === 'POST' ? body : undefined);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.setEncoding('utf8');
  const isStream = response.headers['content-type']?.startsWith('text/event-stream') === true;
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    events: isStream ? events(response) : none(),
    body: isStream ? null : await json(response),
    pause: () => void request.socket?.pause(),
    resume: () => void request.socket?.resume(),
    close: () => request.destroy(),
  };
}

async function json(response: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const piece of response) text += String(piece);
  return text === '' ? null : JSON.parse(text);
}

async function* none(): AsyncGenerator<StreamEvent> {
  return;
}

async function* events(response: IncomingMessage): AsyncGenerator<StreamEvent> {
  let rest = '';
  for await (const piece of response) {
    const blocks = (rest + String(piece)).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const field = (name: string) => new RegExp(`^${name}: ?(.*)$`, 'm').exec(block)?.[1] ?? null;
      const [data, retry, event] = [field('data'), field('retry'), field('event')];
      if (event === null && retry === null) continue;
      yield {
        event: event ?? 'retry',
        id: field('id'),
        data: data ? JSON.parse(data) : null,
        retry: retry === null ? null : Number(retry),
      };
    }
  }
}
