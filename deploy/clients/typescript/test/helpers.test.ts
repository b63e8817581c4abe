// Values and signatures, against what others computed.
import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { Webhook } from "standardwebhooks";
import { DecimalSchema } from "../src/gen/google/type/decimal_pb.js";
import { fromDate, fromDecimal, fromMoney, fromScaled, toDate, toDecimal, toMoney, toScaled, WebhookError, WebhookVerifier } from "../src/index.js";

test("money is exact both ways", () => {
  const cases: [string, bigint, number, string][] = [
    ["19.90", 19n, 900_000_000, "19.9"],
    ["-0.000001", 0n, -1_000, "-0.000001"],
    ["-0.5", 0n, -500_000_000, "-0.5"],
    ["-0.999999999", 0n, -999_999_999, "-0.999999999"],
    ["-0", 0n, 0, "0"],
    // Ten decimals, of which the last one says nothing.
    ["-1.2345678900", -1n, -234_567_890, "-1.23456789"],
    ["-23456.789012", -23456n, -789_012_000, "-23456.789012"],
    ["9223372036854775807.999999999", 2n ** 63n - 1n, 999_999_999, "9223372036854775807.999999999"],
    ["0", 0n, 0, "0"],
    ["1e3", 1000n, 0, "1000"],
    ["9007199254740993", 9007199254740993n, 0, "9007199254740993"],
  ];
  for (const [text, units, nanos, back] of cases) {
    const money = toMoney(text, "CNY");
    assert.deepEqual([money.units, money.nanos, money.currencyCode], [units, nanos, "CNY"]);
    assert.equal(fromMoney(money), back);
  }
});

test("what is not exact is refused", () => {
  for (const wrong of [19.9, 20, null, undefined]) {
    assert.throws(() => toMoney(wrong as unknown as string, "CNY"), TypeError);
    assert.throws(() => toDecimal(wrong as unknown as string), TypeError);
  }
  for (const text of ["1.0000000001", "-0.0000000001", "1e1000", "NaN", "Infinity", "", "1,5", "9223372036854775808"]) {
    assert.throws(() => toMoney(text, "CNY"), RangeError);
  }
});

test("decimals, scaled numbers and days", () => {
  assert.equal(toDecimal("0.150").value, "0.15");
  assert.equal(fromDecimal(create(DecimalSchema, { value: "-2.5e2" })), "-250");
  assert.equal(fromDecimal(create(DecimalSchema, { value: "25e-3" })), "0.025");
  assert.equal(fromDecimal(undefined), "0");
  assert.equal(toDecimal("-0.12345678901").value, "-0.12345678901", "only money ends after nine decimals");
  assert.equal(toScaled("19.90", 2) + toScaled("0.1", 2), 2000n);
  assert.deepEqual([fromScaled(2000n, 2), fromScaled(-5n, 2), fromScaled(100n, 0)], ["20", "-0.05", "100"]);
  assert.throws(() => toScaled("0.001", 2), RangeError);
  assert.equal(fromDate(toDate("2028-02-29")), "2028-02-29");
});

// The example of the Standard Webhooks reference libraries.
const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const other = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const at = 1614265330;
const body = '{"test": 2432232314}';
const headers: Record<string, string> = {
  "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
  "webhook-timestamp": `${at}`,
  "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
};
const now = () => at;

test("the published example is verified, however its headers come", async () => {
  const verifier = new WebhookVerifier(secret, { now });
  for (const given of [headers, new Headers(headers), { ...headers, "Content-Type": undefined }]) {
    assert.deepEqual(await verifier.verify(body, given), { test: 2432232314 });
  }
  assert.deepEqual(await verifier.verify(new TextEncoder().encode(body), headers), { test: 2432232314 });
});

test("what the library of the specification signs is verified", async () => {
  const event = JSON.stringify({ id: "e1", subject: "partners/华东" });
  const when = new Date();
  const signature = new Webhook(other).sign("e1", when, event);
  const signed = { "webhook-id": "e1", "webhook-timestamp": `${Math.floor(when.getTime() / 1000)}`, "webhook-signature": signature };
  assert.equal((await new WebhookVerifier(other).verify(event, signed)).subject, "partners/华东");
});

test("what the gateway signs is verified", async () => {
  // As services/gateway/src/app/webhooks/sign.rs: computed there by the Python packages standardwebhooks and cryptography.
  const byHmac = "v1,6RqaMTNQD3nauhEox9Nhlv5zcjXr+Dahh6i0euS+QOg=";
  const byEd25519 = "v1a,RZI2R4EAC4YvnIq3GBPYZzf4UlEsNXcBGamTC4uOiOtxW6roRCcH+1P2Ik6fz/zX9Ii32JiTQoOaV+Eqv5kLAw==";
  const signed = { "webhook-id": "msg_1", "webhook-timestamp": "1341100800", "webhook-signature": `${byHmac} ${byEd25519}` };
  for (const key of [other, "whpk_A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="]) {
    assert.deepEqual(await new WebhookVerifier(key, { now: () => 1341100800 }).verify('{"a":1}', signed), { a: 1 });
  }
});

test("while secrets are rotated both are believed", async () => {
  for (const secrets of [[secret, other], [other, secret]]) {
    assert.ok(await new WebhookVerifier(secrets, { now }).verify(body, headers));
  }
  const both = { ...headers, "webhook-signature": `v1,AAAA ${headers["webhook-signature"]}` };
  assert.ok(await new WebhookVerifier(secret, { now }).verify(body, both));
});

test("what is forged or old is refused", async () => {
  const refused = async (because: RegExp, change: { body?: string; at?: number; secret?: string; headers?: Record<string, string> }) => {
    const verifier = new WebhookVerifier(change.secret ?? secret, { now: () => change.at ?? at });
    const verified = verifier.verify(change.body ?? body, { ...headers, ...change.headers });
    await assert.rejects(verified, (error: Error) => error instanceof WebhookError && because.test(error.message));
  };
  await refused(/no signature/, { body: `${body} ` });
  await refused(/no signature/, { secret: other });
  await refused(/no signature/, { headers: { "webhook-id": "msg_other" } });
  await refused(/no signature/, { headers: { "webhook-signature": headers["webhook-signature"]!.replace("v1,", "v2,") } });
  await refused(/no signature/, { headers: { "webhook-signature": "v1" } });
  await refused(/too far/, { at: at + 301 });
  await refused(/too far/, { at: at - 301 });
  await refused(/no time/, { headers: { "webhook-timestamp": "soon" } });
  for (const name of Object.keys(headers)) {
    const rest = Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name));
    await assert.rejects(new WebhookVerifier(secret, { now }).verify(body, rest), new RegExp(`${name} is missing`));
  }
});

test("Ed25519", async () => {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const raw = publicKey.export({ format: "der", type: "spki" }).subarray(-32);
  const signature = sign(null, Buffer.from(`${headers["webhook-id"]}.${at}.${body}`), privateKey).toString("base64");
  const signed = { ...headers, "webhook-signature": `${headers["webhook-signature"]} v1a,%% v1a,${signature}` };
  const verifier = new WebhookVerifier(`whpk_${raw.toString("base64")}`, { now });
  assert.deepEqual(await verifier.verify(body, signed), { test: 2432232314 });
  await assert.rejects(verifier.verify(`${body} `, signed), WebhookError);
  await assert.rejects(verifier.verify(body, headers), WebhookError);
});

test("secrets that are none", () => {
  for (const wrong of [[], [""], ["whsec_"], ["whpk_"], [secret, ""], ["whsec_%"], ["other_AAAA"]]) {
    assert.throws(() => new WebhookVerifier(wrong, { now }), RangeError, JSON.stringify(wrong));
  }
});
