import { Etcd3, type IAuthenticateResponse, type IOptions } from 'etcd3';
import { GRPC, isGrpcFailure } from './etcd-errors.js';
import { LiveUnavailable } from './live-store.js';

export type EtcdService = 'KV' | 'Lease' | 'Watch' | 'Maintenance' | 'Auth';

export interface EtcdAccess {
  readonly auth?: { readonly username: string; readonly password: string };
  /** PEM texts; `cert` and `key` only for servers that ask for a client certificate. */
  readonly tls?: { readonly ca: Buffer; readonly cert?: Buffer; readonly key?: Buffer };
}

/** A bidirectional stream; reading it paces the server. Its errors come out of the iteration. */
export interface EtcdStream<Request, Response> extends AsyncIterable<Response> {
  write(request: Request): void;
  /** Ends the call; safe at any time and more than once. */
  cancel(): void;
}

const CHANNEL = {
  // The default of 4 MiB ends a watch that catches up, and every attempt to resume it.
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  // etcd closes connections that ping more often than every 5 s, or at all while no call is open.
  'grpc.keepalive_time_ms': 6000,
  'grpc.keepalive_timeout_ms': 2000,
  'grpc.keepalive_permit_without_calls': 0,
  'grpc.initial_reconnect_backoff_ms': 50,
  'grpc.max_reconnect_backoff_ms': 500,
  // No retry policy from a TXT record of the endpoint's name, and no web proxy before a store.
  'grpc.service_config_disable_resolution': 1,
  'grpc.enable_http_proxy': 0,
} as const;

type FaultHandling = NonNullable<IOptions['faultHandling']>;

const NO_POLICY = {
  execute: async <T>(call: (context: { signal: AbortSignal }) => PromiseLike<T> | T) =>
    call({ signal: new AbortController().signal }),
} as unknown as NonNullable<FaultHandling['global']>;

/** States of a channel, as gRPC numbers them. */
const READY = 2;
const SHUTDOWN = 4;

interface Channel {
  getConnectivityState(tryToConnect: boolean): number;
  /** Calls back once, in the very moment of the change: before anything can be sent on the next connection. */
  watchConnectivityState(from: number, deadline: number, changed: () => void): void;
}

interface RawClient {
  close(): void;
  getChannel(): Channel;
  [method: string]: unknown;
}

type Unary = (
  request: unknown,
  metadata: unknown,
  options: { deadline: number },
  done: (error: Error | null, response: unknown) => void,
) => void;

type OpenStream = (
  metadata: unknown,
) => EtcdStream<unknown, unknown> & { on(event: string, fn: () => void): void };

/**
 * One etcd server. Uses the package for its service definitions and channels only: its own calls repeat
 * writes, hide status codes and close every channel on any fault.
 */
export class EtcdMember extends Etcd3 {
  readonly endpoint: string;
  readonly #auth: EtcdAccess['auth'];
  readonly #clients = new Set<RawClient>();
  #token: Promise<string> | null = null;
  #losses = 0;
  #closed = false;

  constructor(endpoint: string, { auth, tls }: EtcdAccess) {
    super({
      hosts: endpoint,
      grpcOptions: CHANNEL,
      faultHandling: { host: () => NO_POLICY, global: NO_POLICY },
      ...(tls && {
        credentials: { rootCertificate: tls.ca, certChain: tls.cert, privateKey: tls.key },
      }),
    });
    this.endpoint = endpoint;
    this.#auth = auth;
  }

  /** One call, sent at most once; ends within `withinMs`. Fails with the status of the call. */
  async call<Response>(
    service: EtcdService,
    method: string,
    request: unknown,
    withinMs: number,
  ): Promise<Response> {
    // Monotonic, so that a clock that jumps neither cuts calls short nor lets them hang.
    const end = performance.now() + withinMs;
    const token = await this.#currentToken(withinMs);
    try {
      return await this.#unary(service, method, request, end - performance.now(), token);
    } catch (error) {
      if (!token || !isStaleToken(error)) throw error;
      // Refused before it was looked at, so sending it again is not a repetition.
      this.#token = null;
      const fresh = await this.#currentToken(end - performance.now());
      return this.#unary(service, method, request, end - performance.now(), fresh);
    }
  }

  /** Opens a stream that ends with an error as soon as its server has no leader. `withinMs`: for a token. */
  async stream<Request, Response>(
    service: EtcdService,
    method: string,
    withinMs: number,
  ): Promise<EtcdStream<Request, Response>> {
    const token = await this.#currentToken(withinMs);
    const { client, metadata } = await this.#open(service);
    metadata.set('hasleader', 'true');
    if (token) metadata.set('token', token);
    const stream = (client[method] as OpenStream).call(client, metadata);
    // A stream that is cancelled while nobody reads it still reports that as an error event.
    stream.on('error', () => undefined);
    return stream as EtcdStream<Request, Response>;
  }

  /** Drops a token that a stream was refused with; the next call fetches a new one. */
  forgetToken(): void {
    this.#token = null;
  }

  /** How often a connection was lost. */
  get losses(): number {
    return this.#losses;
  }

  override close(): void {
    this.#closed = true;
    // Before the package does: it would leave a channel that is connecting open for another second.
    for (const client of this.#clients) client.close();
    super.close();
  }

  async #currentToken(withinMs: number): Promise<string | null> {
    if (!this.#auth) return null;
    const { username: name, password } = this.#auth;
    const fetched = (this.#token ??= this.#unary<IAuthenticateResponse>(
      'Auth',
      'authenticate',
      { name, password },
      withinMs,
      null,
    ).then(({ token }) => token));
    try {
      return await fetched;
    } catch (error) {
      if (this.#token === fetched) this.#token = null;
      throw new LiveUnavailable(`no token from etcd: ${String(error)}`, { cause: error });
    }
  }

  async #unary<Response>(
    service: EtcdService,
    method: string,
    request: unknown,
    withinMs: number,
    token: string | null,
  ): Promise<Response> {
    const { client, metadata } = await this.#open(service);
    if (token) metadata.set('token', token);
    const options = { deadline: Date.now() + Math.max(0, withinMs) };
    return new Promise((resolve, reject) => {
      (client[method] as Unary).call(client, request, metadata, options, (error, response) =>
        error ? reject(error) : resolve(response as Response),
      );
    });
  }

  async #open(
    service: EtcdService,
  ): Promise<{ client: RawClient; metadata: { set(key: string, value: string): void } }> {
    if (this.#closed) throw new LiveUnavailable('the live store is closed');
    return this.pool.withConnection(service, ({ client, metadata }) => {
      const raw = client as unknown as RawClient;
      if (!this.#clients.has(raw)) this.#countLosses(raw.getChannel());
      this.#clients.add(raw);
      return { client: raw, metadata };
    });
  }

  #countLosses(channel: Channel): void {
    const from = channel.getConnectivityState(false);
    if (from === SHUTDOWN) return;
    channel.watchConnectivityState(from, Number.POSITIVE_INFINITY, () => {
      if (from === READY) this.#losses++;
      this.#countLosses(channel);
    });
  }
}

function isStaleToken(error: unknown): boolean {
  if (!isGrpcFailure(error)) return false;
  return (
    (error.code === GRPC.UNAUTHENTICATED && error.details.includes('invalid auth token')) ||
    error.details.includes('auth store is old')
  );
}
