// Calls against a suite that fails as it is told.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createRouterTransport, type ConnectRouter } from "@connectrpc/connect";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "../src/gen/google/rpc/error_details_pb.js";
import { StatusSchema } from "../src/gen/google/rpc/status_pb.js";
import { Operations, OperationSchema } from "../src/gen/google/longrunning/operations_pb.js";
import { services } from "../src/gen/services.js";
import { repeatable } from "../src/gen/repeatable.js";
import { mayRepeat, Retries } from "../src/retry.js";
import { Client, gateway, incentive, pages, partner, refusalOf, toMoney } from "../src/index.js";

const away = () => new ConnectError("away", Code.Unavailable, undefined, [{ desc: ErrorInfoSchema, value: { reason: "UPSTREAM_UNAVAILABLE" } }]);

function client(routes: (router: ConnectRouter) => void, options: { timeoutMs?: number } = {}): Client {
  return new Client({
    endpoint: "http://suite.test",
    credential: "k",
    retry: { firstPauseMs: 1 },
    ...options,
    transport: ({ interceptors }) => createRouterTransport(routes, { transport: { interceptors } }),
  });
}

/** Takes the next of these answers at each call. */
function answers<T>(...given: (T | ConnectError)[]): () => T {
  return () => {
    const next = given.shift();
    if (next === undefined) throw new Error("nobody expected another call");
    if (next instanceof ConnectError) throw next;
    return next;
  };
}

test("a call with a request id is made again with the same one", async () => {
  const seen: string[] = [];
  const keys = new Set<string | null>();
  const next = answers(away(), away(), { name: "partners/a" });
  const suite = client(({ service }) => service(partner.PartnerService, {
    createPartner(request, context) {
      seen.push(request.requestId);
      keys.add(context.requestHeader.get("authorization"));
      return next();
    },
  }));
  const request = create(partner.CreatePartnerRequestSchema, { partnerId: "a" });
  assert.equal((await suite.partner.createPartner(request)).name, "partners/a");
  assert.equal(seen.length, 3);
  assert.equal(new Set(seen).size, 1);
  assert.match(seen[0]!, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assert.deepEqual([...keys], ["Bearer k"]);
  assert.equal(request.requestId, "", "the caller's message is not changed");
});

test("the caller's request id is kept", async () => {
  const seen: string[] = [];
  const next = answers(away(), {});
  const suite = client(({ service }) => service(partner.PartnerService, {
    createPartner(request) {
      seen.push(request.requestId);
      return next();
    },
  }));
  await suite.partner.createPartner({ requestId: "mine" });
  assert.deepEqual(seen, ["mine", "mine"]);
});

test("what cannot be repeated is not", async () => {
  const next = answers<object>(away());
  const suite = client(({ service }) => service(gateway.ApiKeyService, { revokeApiKey: next }));
  await assert.rejects(suite.apiKey.revokeApiKey({ name: "apiKeys/a" }), (error) => refusalOf(error).reason === "UPSTREAM_UNAVAILABLE");
});

test("what may be repeated is what reads, has a request id, or is known by its keys", () => {
  const methods = Object.values(services).flatMap((service) => service.methods);
  const names = new Map(methods.map((method) => [`${method.parent.typeName}/${method.name}`, method]));
  for (const name of repeatable) {
    const method = names.get(name);
    assert.ok(method, `${name} is in no contract`);
    assert.ok(!method.input.fields.some((field) => field.name === "request_id"), `${name} has a request id`);
  }
  const once = methods.filter((method) => method.methodKind === "unary" && !mayRepeat(method)).map((method) => method.name);
  assert.deepEqual(once.filter((name) => /^(Get|List|Query|Create|Explain)/.test(name)), []);
  // What is brought up to date would undo what somebody else did in between.
  const unsafe = ["RevokeApiKey", "CancelOperation", "TestWebhook", "RecordFigure", "BatchUpsertPartners", "ImportRegions"];
  assert.deepEqual(unsafe.filter((name) => !once.includes(name)), []);
});

test("attempts end", async () => {
  const suite = client(({ service }) => service(partner.PartnerService, { getPartner: answers<object>(away(), away(), away()) }));
  await assert.rejects(suite.partner.getPartner({}), (error) => refusalOf(error).code === Code.Unavailable);
});

test("what waiting does not mend is told at once with everything", async () => {
  const fieldViolations = [{ field: "partner.kind", description: "choose one" }, { field: "partner.region", description: "too long" }];
  const wrong = new ConnectError("2 fields are wrong", Code.InvalidArgument, undefined, [
    { desc: ErrorInfoSchema, value: { reason: "INVALID_REQUEST", domain: "partner.tributary", metadata: { count: "2" } } },
    { desc: BadRequestSchema, value: { fieldViolations } },
  ]);
  const suite = client(({ service }) => service(partner.PartnerService, { createPartner: answers<object>(wrong) }));
  await assert.rejects(suite.partner.createPartner({}), (error) => {
    const refusal = refusalOf(error);
    assert.deepEqual([refusal.reason, refusal.domain, refusal.metadata], ["INVALID_REQUEST", "partner.tributary", { count: "2" }]);
    assert.deepEqual(refusal.violations.map(({ field, description }) => ({ field, description })), fieldViolations);
    return true;
  });
});

test("a limit is waited for when the suite says how long, but not beyond the deadline", async () => {
  const limited = (seconds: bigint, nanos: number) =>
    new ConnectError("slower", Code.ResourceExhausted, undefined, [{ desc: RetryInfoSchema, value: { retryDelay: { seconds, nanos } } }]);
  const get = answers(limited(0n, 5_000_000), { name: "partners/a" }, limited(3600n, 0), new ConnectError("too large", Code.ResourceExhausted));
  const suite = client(({ service }) => service(partner.PartnerService, { getPartner: get }));
  assert.equal((await suite.partner.getPartner({}, { timeoutMs: 30_000 })).name, "partners/a");
  await assert.rejects(suite.partner.getPartner({}, { timeoutMs: 30_000 }), (error) => refusalOf(error).retryAfterMs === 3_600_000);
  await assert.rejects(suite.partner.getPartner({}), (error) => refusalOf(error).retryAfterMs === undefined);
});

test("a deadline that is over is no missing one: nothing is sent", async () => {
  const next = answers<object>({ name: "partners/a" });
  const suite = client(({ service }) => service(partner.PartnerService, { getPartner: next }));
  for (const timeoutMs of [0, -1]) {
    await assert.rejects(suite.partner.getPartner({}, { timeoutMs }), (error) => refusalOf(error).code === Code.DeadlineExceeded);
    assert.throws(() => client(() => {}, { timeoutMs }), RangeError);
  }
  await assert.rejects(async () => {
    for await (const said of suite.eventFeed.watchEvents({}, { timeoutMs: -1 })) assert.fail(said.cursor);
  }, (error) => refusalOf(error).code === Code.DeadlineExceeded);
  assert.equal((await suite.partner.getPartner({})).name, "partners/a");
});

test("a connection that fails is UNAVAILABLE", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  const suite = new Client({ endpoint: `http://127.0.0.1:${port}`, credential: "k", retry: { firstPauseMs: 1 } });
  await assert.rejects(suite.partner.getPartner({}), (error) => refusalOf(error).code === Code.Unavailable);
});

test("pauses double, are spread, and come on top of what is asked for; retries are a share of the calls", () => {
  const policy = { attempts: 100, firstPauseMs: 500, longestPauseMs: 3000, budget: 0.25, reserve: 2 };
  const late = new Retries(policy, () => 1);
  assert.deepEqual([1, 2, 3, 4, 2000].map((attempt) => late.backoff(undefined, attempt)), [500, 1000, 2000, 3000, 3000]);
  assert.equal(new Retries(policy, () => 0).backoff(2000, 1), 2250);
  const refusal = refusalOf(away());
  const pauses = () => late.pause(refusal, 1, 30_000);
  assert.deepEqual([pauses(), pauses(), pauses()], [500, 500, undefined]);
  for (let call = 0; call < 4; call++) late.begin();
  assert.deepEqual([pauses(), pauses()], [500, undefined]);
});

test("all pages are read", async () => {
  const asked: [string, string][] = [];
  const next = answers(
    { partners: [{ name: "a" }, { name: "b" }], nextPageToken: "t0" },
    { partners: [], nextPageToken: "t1" },
    { partners: [{ name: "c" }] },
  );
  const suite = client(({ service }) => service(partner.PartnerService, {
    listPartners(request) {
      asked.push([request.filter, request.pageToken]);
      return next();
    },
  }));
  const found: string[] = [];
  for await (const item of pages(suite.partner.listPartners, { filter: "x" }, "partners")) found.push(item.name);
  assert.deepEqual(found, ["a", "b", "c"]);
  assert.deepEqual(asked, [["x", ""], ["x", "t0"], ["x", "t1"]]);
});

test("an operation is waited for", async () => {
  const running = create(OperationSchema, { name: "operations/o" });
  const response = anyPack(incentive.RunSchema, create(incentive.RunSchema, { name: "runs/r", totals: [toMoney("270000", "CNY")] }));
  const done = create(OperationSchema, { name: "operations/o", done: true, result: { case: "response", value: response } });
  const suite = client(({ service }) => service(Operations, { waitOperation: answers(running, away(), done) }));
  assert.equal((await suite.wait(running, incentive.RunSchema)).name, "runs/r");
  await assert.rejects(suite.wait(done, incentive.StatementSchema), TypeError);
  const info = anyPack(ErrorInfoSchema, create(ErrorInfoSchema, { reason: "NO_ACTIVE_PLAN" }));
  const status = create(StatusSchema, { code: 9, message: "no plan", details: [info] });
  const failed = create(OperationSchema, { done: true, result: { case: "error", value: status } });
  await assert.rejects(suite.wait(failed, incentive.RunSchema), (error) => refusalOf(error).reason === "NO_ACTIVE_PLAN");
  await assert.rejects(suite.wait(running, incentive.RunSchema, 0), /not done yet/);
});

test("a watch goes on behind the last event", async () => {
  const asked: [string, boolean][] = [];
  const expired = new ConnectError("gone", Code.FailedPrecondition, undefined, [{ desc: ErrorInfoSchema, value: { reason: "EVENT_CURSOR_EXPIRED" } }]);
  const streams = [[{ cursor: "c0" }, { cursor: "c1", event: { id: "e1" } }, away()], [away()], [{ cursor: "c2", event: { id: "e2" } }], [expired]];
  const suite = client(({ service }) => service(gateway.EventFeedService, {
    async *watchEvents(request) {
      asked.push([request.cursor, request.latest]);
      for (const said of streams.shift()!) {
        if (said instanceof ConnectError) throw said;
        yield said;
      }
    },
  }));
  const seen: string[] = [];
  await assert.rejects(async () => {
    for await (const said of suite.watchEvents({ latest: true })) if (said.event) seen.push(said.event.id);
  }, (error) => refusalOf(error).reason === "EVENT_CURSOR_EXPIRED");
  assert.deepEqual(seen, ["e1", "e2"]);
  assert.deepEqual(asked, [["", true], ["c1", false], ["c1", false], ["c2", false]]);
});

test("a watch that hears nothing begins anew, and ends when told so", async () => {
  let streams = 0;
  const stop = new AbortController();
  const suite = client(({ service }) => service(gateway.EventFeedService, {
    async *watchEvents(_, context) {
      streams += 1;
      if (streams === 1) await new Promise((resolve) => context.signal.addEventListener("abort", resolve));
      yield { cursor: `c${streams}`, event: { id: "e" } };
    },
  }));
  for await (const said of suite.watchEvents({}, { quietMs: 20, signal: stop.signal })) {
    assert.equal(said.cursor, "c2");
    stop.abort();
  }
  assert.equal(streams, 2);
});
