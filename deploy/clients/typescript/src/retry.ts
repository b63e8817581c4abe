import { clone, getOption, type DescMethod, type Message } from "@bufbuild/protobuf";
import type { Interceptor } from "@connectrpc/connect";
import { Access, policy } from "./gen/tributary/common/v1/policy_pb.js";
import { repeatable } from "./gen/repeatable.js";
import { connectError, refusalOf, type Refusal } from "./refusal.js";

/** How often a call is made again, and how patiently. */
export interface RetryPolicy {
  /** At most this many attempts of a call, the first one included; 1 never retries. */
  readonly attempts: number;
  /** Before the second attempt; each further pause is twice as long, up to `longestPauseMs`. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** Retries per call, on the average of a client: a suite in trouble is not buried under repeats. */
  readonly budget: number;
  /** Retries that are there to begin with, and at most. */
  readonly reserve: number;
}

export const defaultRetryPolicy: RetryPolicy = { attempts: 3, firstPauseMs: 100, longestPauseMs: 5000, budget: 0.1, reserve: 10 };

/** The retries of a client: a policy and what is left of its budget. */
export class Retries {
  readonly #policy: RetryPolicy;
  readonly #chance: () => number;
  #left: number;

  constructor(policy: RetryPolicy, chance: () => number = Math.random) {
    this.#policy = policy;
    this.#chance = chance;
    this.#left = policy.reserve;
  }

  /** A call begins, and pays its share. */
  begin(): void {
    this.#left = Math.min(this.#policy.reserve, this.#left + this.#policy.budget);
  }

  /** Milliseconds until the next attempt; undefined: the error is the caller's. */
  pause(refusal: Refusal, attempt: number, remainingMs: number): number | undefined {
    if (!refusal.transient || attempt >= this.#policy.attempts) return undefined;
    const pause = this.backoff(refusal.retryAfterMs, attempt);
    if (pause >= remainingMs || this.#left < 1) return undefined;
    this.#left -= 1;
    return pause;
  }

  /** Milliseconds to wait, whatever the budget: what the suite asks for, and a pause that spreads callers. */
  backoff(askedMs: number | undefined, attempt: number): number {
    const { firstPauseMs, longestPauseMs } = this.#policy;
    const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(attempt - 1, 30));
    return (askedMs ?? 0) + pause * (0.5 + this.#chance() / 2);
  }
}

/** Makes unary calls again where that is safe, and gives those that take a request id one that stays the same. */
export function retrying(retries: Retries): Interceptor {
  return (next) => async (request) => {
    if (request.stream) return next(request);
    const { method, signal } = request;
    const call = { ...request, message: withRequestId(method, request.message) };
    const deadline = deadlineOf(call.header);
    retries.begin();
    for (let attempt = 1; ; attempt++) {
      try {
        return await next(call);
      } catch (thrown) {
        const error = connectError(thrown);
        const pause = mayRepeat(method) ? retries.pause(refusalOf(error), attempt, deadline.remainingMs()) : undefined;
        if (pause === undefined || signal.aborted) throw error;
        await sleep(pause, signal);
        deadline.restate();
      }
    }
  };
}

/** Whether a second call does no harm: it only reads, has a request id, or a key under which nothing changes any more. */
export function mayRepeat(method: DescMethod): boolean {
  const name = `${method.parent.typeName}/${method.name}`;
  if (requestId(method) || repeatable.has(name)) return true;
  return name.startsWith("google.longrunning.")
    ? /^(Get|List|Wait)/.test(method.name)
    : getOption(method, policy).access === Access.READ;
}

function requestId(method: DescMethod) {
  return method.input.fields.find((field) => field.name === "request_id");
}

function withRequestId<M extends Message>(method: DescMethod, message: M): M {
  const field = requestId(method);
  const given = message as M & { requestId?: string };
  if (!field || given.requestId) return message;
  // The caller's message stays as it is.
  return Object.assign(clone(method.input, message), { requestId: crypto.randomUUID() }) as unknown as M;
}

/** The deadline that a call states in its header, by gRPC or Connect; each attempt states what is left of it. */
function deadlineOf(header: Headers) {
  const [name, unit] = header.has("grpc-timeout") ? ["grpc-timeout", "m"] : ["connect-timeout-ms", ""];
  const stated = /^(\d+)m?$/.exec(header.get(name) ?? "");
  const until = stated ? performance.now() + Number(stated[1]) : Infinity;
  const remainingMs = () => until - performance.now();
  return {
    remainingMs,
    restate: () => {
      if (stated) header.set(name, `${Math.max(1, Math.ceil(remainingMs()))}${unit}`);
    },
  };
}

/** Waits, unless the signal ends it before. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const ended = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", ended);
      resolve();
    }, ms);
    signal?.addEventListener("abort", ended, { once: true });
  });
}
