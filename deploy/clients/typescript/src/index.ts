/** A client of Tributary: typed services, safe retries, errors with their reasons, exact money, verified webhooks. */
export * from "./gen/areas.js";
export { Client, pages, type ClientOptions } from "./client.js";
export { errorOfStatus, refusalOf, type Refusal, type Violation } from "./refusal.js";
export { type RetryPolicy } from "./retry.js";
export { fromDate, fromDecimal, fromMoney, fromScaled, toDate, toDecimal, toMoney, toScaled } from "./values.js";
export { WebhookError, WebhookVerifier, type WebhookEvent } from "./webhooks.js";
