import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "./gen/google/rpc/error_details_pb.js";
import type { Status } from "./gen/google/rpc/status_pb.js";

/** A field that is wrong: its path in the request ("partner.display_name") and what to do about it. */
export interface Violation {
  readonly field: string;
  readonly description: string;
}

/** What the suite says when it refuses. React to `reason`, never to the message; all reasons are in deploy/docs/errors.md. */
export interface Refusal {
  readonly code: Code;
  readonly message: string;
  /** What went wrong, in UPPER_SNAKE; empty when the answer came from something else than the suite. */
  readonly reason: string;
  /** Who says so: "partner.tributary". */
  readonly domain: string;
  /** The variable parts of the message. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Every field that is wrong, at once. */
  readonly violations: readonly Violation[];
  /** How long to wait before the next attempt, when the suite says so. */
  readonly retryAfterMs: number | undefined;
  /** Whether the same call may succeed a little later. */
  readonly transient: boolean;
}

/** Reads what a call threw. What no call threw is thrown on. */
export function refusalOf(thrown: unknown): Refusal {
  if (!(thrown instanceof ConnectError)) throw thrown;
  const detail = <S extends DescMessage>(schema: S): MessageShape<S> | undefined => thrown.findDetails(schema)[0];
  const info = detail(ErrorInfoSchema);
  const delay = detail(RetryInfoSchema)?.retryDelay;
  const retryAfterMs = delay && Number(delay.seconds) * 1000 + delay.nanos / 1e6;
  return {
    code: thrown.code,
    message: thrown.rawMessage,
    reason: info?.reason ?? "",
    domain: info?.domain ?? "",
    metadata: info?.metadata ?? {},
    violations: thrown.findDetails(BadRequestSchema).flatMap((bad) => bad.fieldViolations),
    retryAfterMs,
    transient: thrown.code === Code.Unavailable || (thrown.code === Code.ResourceExhausted && retryAfterMs !== undefined),
  };
}

/** The error that a google.rpc.Status stands for: of a row in a batch, or of an operation. */
export function errorOfStatus(status: Status): ConnectError {
  const error = new ConnectError(status.message, status.code);
  error.details = status.details.map(({ typeUrl, value }) => ({ type: typeUrl.slice(typeUrl.lastIndexOf("/") + 1), value }));
  return error;
}

/** What was thrown as a ConnectError; a connection that failed or broke is UNAVAILABLE. */
export function connectError(thrown: unknown): ConnectError {
  const error = ConnectError.from(thrown);
  const cause = error.cause;
  const network = cause instanceof TypeError && (cause.cause !== undefined || /fetch|network|load failed|terminated/i.test(cause.message));
  return network ? new ConnectError(error.rawMessage, Code.Unavailable, undefined, undefined, cause) : error;
}
