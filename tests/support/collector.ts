import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A span as OTLP sends it in JSON, with its attributes as a record. */
export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  /** 2: a fault. */
  readonly status: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly service: unknown;
}

interface OtlpValue {
  readonly stringValue?: string;
  readonly intValue?: number;
  readonly arrayValue?: { readonly values: readonly OtlpValue[] };
}
type OtlpAttributes = readonly { readonly key: string; readonly value: OtlpValue }[];

interface OtlpRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: OtlpAttributes };
    readonly scopeSpans: readonly {
      readonly spans: readonly {
        readonly traceId: string;
        readonly spanId: string;
        readonly parentSpanId?: string;
        readonly name: string;
        readonly status?: { readonly code?: number };
        readonly attributes: OtlpAttributes;
      }[];
    }[];
  }[];
}

/** A collector on loopback that takes OTLP over HTTP in JSON; `silent` takes requests and never answers. */
export async function startCollector({ silent = false } = {}) {
  const spans: CollectedSpan[] = [];
  let asked = 0;
  const server = createServer((request, response) => {
    asked++;
    void bodyOf(request).then((body) => {
      if (silent) return;
      if (request.method !== 'POST' || request.url !== '/v1/traces') return response.writeHead(404).end();
      spans.push(...spansIn(JSON.parse(body) as OtlpRequest));
      return response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    asked: () => asked,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

function spansIn({ resourceSpans }: OtlpRequest): CollectedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map(({ traceId, spanId, parentSpanId, name, status, attributes }) => ({
        ...{ traceId, spanId, parentSpanId, name },
        status: status?.code ?? 0,
        attributes: recordOf(attributes),
        service: recordOf(resource.attributes)['service.name'],
      })),
    ),
  );
}

const recordOf = (attributes: OtlpAttributes) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, valueOf(value)]));

function valueOf({ stringValue, intValue, arrayValue }: OtlpValue): unknown {
  return stringValue ?? intValue ?? arrayValue?.values.map(valueOf);
}
