import { create, type DescMessage, type MessageInitShape, type MessageShape } from "@bufbuild/protobuf";
import { anyUnpack, durationFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createClient, type Client as ServiceClient, type Interceptor, type Transport } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import type { Operation } from "./gen/google/longrunning/operations_pb.js";
import { WatchEventsRequestSchema, type WatchEventsResponse } from "./gen/tributary/gateway/v1/event_feed_service_pb.js";
import { services } from "./gen/services.js";
import { connectError, errorOfStatus, refusalOf } from "./refusal.js";
import { defaultRetryPolicy, Retries, retrying, sleep, type RetryPolicy } from "./retry.js";

export interface ClientOptions {
  /** `https://host:port`; `http://` where nobody listens in between. */
  readonly endpoint: string;
  /** A key of the suite, or the token of an issuer; a function is asked anew for each attempt. */
  readonly credential: string | (() => string | Promise<string>);
  /**
   * Of a call over all its attempts; of a stream from beginning to end. 30 seconds. A call may have another one: when nothing is left of
   * it, the call fails with DEADLINE_EXCEEDED and is not sent. For streams 0 is no deadline.
   */
  readonly timeoutMs?: number;
  readonly retry?: Partial<RetryPolicy>;
  /**
   * Another transport, such as createGrpcTransport of @connectrpc/connect-node for streams both ways; it must use these
   * interceptors. Default: gRPC-Web by fetch, in Node and in browsers.
   */
  readonly transport?: (options: { baseUrl: string; interceptors: Interceptor[]; defaultTimeoutMs: number }) => Transport;
}

type Services = { readonly [Name in keyof typeof services]: ServiceClient<(typeof services)[Name]> };

export interface Client extends Services {}

// A stream that says nothing for so long is dead: the suite says something every 15 seconds.
const QUIET_MS = 45_000;
const TURN_MS = 10_000;

/** Every service of the suite: `client.partner.createPartner({…})`. Calls throw ConnectError, which `refusalOf` reads. */
export class Client {
  readonly #retries: Retries;

  constructor(options: ClientOptions) {
    const defaultTimeoutMs = options.timeoutMs ?? 30_000;
    if (!(defaultTimeoutMs > 0)) throw new RangeError(`timeoutMs is ${defaultTimeoutMs}; give milliseconds above 0`);
    this.#retries = new Retries({ ...defaultRetryPolicy, ...options.retry });
    const { credential } = options;
    const identified: Interceptor = (next) => async (request) => {
      const secret = typeof credential === "string" ? credential : await credential();
      request.header.set("authorization", `Bearer ${secret}`);
      return next(request);
    };
    const transport = inTime((options.transport ?? createGrpcWebTransport)({
      baseUrl: options.endpoint,
      interceptors: [retrying(this.#retries), identified],
      defaultTimeoutMs,
    }));
    for (const [name, service] of Object.entries(services)) {
      Object.assign(this, { [name]: createClient(service, transport) });
    }
  }

  /** Of TRIBUTARY_ENDPOINT and TRIBUTARY_API_KEY or TRIBUTARY_TOKEN; an endpoint without a scheme is one on this machine. */
  static fromEnvironment(more: Partial<ClientOptions> = {}): Client {
    const { TRIBUTARY_ENDPOINT: endpoint, TRIBUTARY_API_KEY: key, TRIBUTARY_TOKEN: token } = process.env;
    const credential = more.credential ?? key ?? token;
    if (!endpoint || !credential) throw new Error("set TRIBUTARY_ENDPOINT, and TRIBUTARY_API_KEY or TRIBUTARY_TOKEN");
    return new Client({ endpoint: endpoint.includes("://") ? endpoint : `http://${endpoint}`, ...more, credential });
  }

  /** What a long operation gives: `await client.wait(operation, RunSchema)`. Throws when it failed, or goes on for longer. */
  async wait<S extends DescMessage>(operation: Operation, schema: S, timeoutMs = 600_000): Promise<MessageShape<S>> {
    const until = performance.now() + timeoutMs;
    while (!operation.done) {
      const left = until - performance.now();
      if (left <= 0) throw new Error(`${operation.name} is not done yet`);
      const timeout = durationFromMs(Math.ceil(Math.min(TURN_MS, left)));
      operation = await this.operations.waitOperation({ name: operation.name, timeout }, { timeoutMs: TURN_MS + 20_000 });
    }
    if (operation.result.case === "error") throw errorOfStatus(operation.result.value);
    const answer = operation.result.value && anyUnpack(operation.result.value, schema);
    if (!answer) throw new TypeError(`${operation.name} gives no ${schema.typeName}`);
    return answer;
  }

  /**
   * Events as they come, without an end: after a disconnect or a restart it goes on behind the last one. Keep the `cursor` of what
   * you have worked through, and begin there next time. Messages without an event only move the cursor. Throws for what no waiting
   * mends, such as EVENT_CURSOR_EXPIRED; ends when the signal says so.
   */
  async *watchEvents(
    request: MessageInitShape<typeof WatchEventsRequestSchema> = {},
    options: { signal?: AbortSignal; quietMs?: number } = {},
  ): AsyncGenerator<WatchEventsResponse, void> {
    let asked = create(WatchEventsRequestSchema, request);
    for (let attempt = 1; !options.signal?.aborted; attempt++) {
      let askedMs: number | undefined;
      const quiet = new AbortController();
      const signal = options.signal ? AbortSignal.any([options.signal, quiet.signal]) : quiet.signal;
      let timer = setTimeout(() => quiet.abort(), options.quietMs ?? QUIET_MS);
      try {
        for await (const said of this.eventFeed.watchEvents(asked, { signal, timeoutMs: 0 })) {
          clearTimeout(timer);
          attempt = 1;
          // A tenant without events has no cursor yet: then its beginning is the place.
          asked = create(WatchEventsRequestSchema, { ...asked, cursor: said.cursor, latest: false });
          yield said;
          timer = setTimeout(() => quiet.abort(), options.quietMs ?? QUIET_MS);
        }
      } catch (thrown) {
        if (options.signal?.aborted) return;
        const refusal = refusalOf(connectError(thrown));
        if (!refusal.transient && !quiet.signal.aborted) throw thrown;
        askedMs = refusal.retryAfterMs;
      } finally {
        clearTimeout(timer);
        quiet.abort();
      }
      await sleep(this.#retries.backoff(askedMs, attempt), options.signal).catch(() => {});
    }
  }
}

/** Connect takes a deadline that is over for none at all, and a caller who computes what is left of one would wait for ever. */
function inTime(transport: Transport): Transport {
  const over = () => new ConnectError("the deadline was over before the call was sent", Code.DeadlineExceeded);
  return {
    unary: async (method, signal, timeoutMs, ...rest) => {
      if (timeoutMs !== undefined && timeoutMs <= 0) throw over();
      return transport.unary(method, signal, timeoutMs, ...rest);
    },
    stream: async (method, signal, timeoutMs, ...rest) => {
      if (timeoutMs !== undefined && timeoutMs < 0) throw over();
      return transport.stream(method, signal, timeoutMs, ...rest);
    },
  };
}

/** All items of a list, page after page: `pages(client.partner.listPartners, { filter }, "partners")`. */
export async function* pages<Request extends object, Page extends { nextPageToken: string }, Items extends keyof Page>(
  list: (request: Request) => Promise<Page>,
  request: Request,
  items: Items,
): AsyncGenerator<Page[Items] extends (infer Item)[] ? Item : never, void> {
  let page: Page | undefined;
  do {
    page = await list(page ? { ...request, pageToken: page.nextPageToken } : request);
    yield* page[items] as Iterable<Page[Items] extends (infer Item)[] ? Item : never>;
  } while (page.nextPageToken);
}
