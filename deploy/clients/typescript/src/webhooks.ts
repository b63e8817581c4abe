/** The request is not to be believed; answer 400 and do nothing. */
export class WebhookError extends Error {
  override readonly name = "WebhookError";
}

/** What a webhook brings: a CloudEvent in JSON. */
export interface WebhookEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  /** Counts the events of the subject; 64 bits, therefore text. */
  readonly sequence: string;
  readonly tenant: string;
  readonly data: { readonly "@type": string; readonly [field: string]: unknown };
}

interface Key {
  readonly version: string;
  verify(signature: Uint8Array<ArrayBuffer>, signed: Uint8Array<ArrayBuffer>): Promise<boolean>;
}

type ReceivedHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

/** Verifies that a webhook comes from the suite, after Standard Webhooks (https://www.standardwebhooks.com), with Web Crypto. */
export class WebhookVerifier {
  readonly #keys: readonly Promise<Key>[];
  readonly #toleranceSeconds: number;
  readonly #now: () => number;

  /**
   * Secrets are `whsec_…` (HMAC-SHA256) or `whpk_…` (the public key of Ed25519). While they are rotated give both, the new one and
   * the old one.
   */
  constructor(secrets: string | readonly string[], options: { toleranceSeconds?: number; now?: () => number } = {}) {
    const given = typeof secrets === "string" ? [secrets] : secrets;
    if (given.length === 0) throw new RangeError("give at least one secret");
    this.#keys = given.map(keyOf);
    // What Web Crypto does not take is told by verify.
    for (const key of this.#keys) key.catch(() => {});
    this.#toleranceSeconds = options.toleranceSeconds ?? 300;
    this.#now = options.now ?? (() => Date.now() / 1000);
  }

  /** The event, once the body as it was received is verified. Throws WebhookError. */
  async verify(body: string | Uint8Array, headers: ReceivedHeaders): Promise<WebhookEvent> {
    const id = header(headers, "webhook-id");
    const timestamp = header(headers, "webhook-timestamp");
    const signatures = header(headers, "webhook-signature").split(" ");
    if (!/^\d{1,15}$/.test(timestamp)) throw new WebhookError("webhook-timestamp is no time");
    if (Math.abs(this.#now() - Number(timestamp)) > this.#toleranceSeconds) {
      throw new WebhookError("webhook-timestamp is too far from now");
    }
    const text = typeof body === "string" ? new TextEncoder().encode(body) : body;
    const prefix = new TextEncoder().encode(`${id}.${timestamp}.`);
    const signed = new Uint8Array(prefix.length + text.length);
    signed.set(prefix);
    signed.set(text, prefix.length);
    for (const key of await Promise.all(this.#keys)) {
      for (const stated of signatures) {
        const [version, encoded] = stated.split(",", 2);
        const signature = version === key.version && decoded(encoded ?? "");
        if (signature && (await key.verify(signature, signed))) {
          return JSON.parse(new TextDecoder().decode(text)) as WebhookEvent;
        }
      }
    }
    throw new WebhookError("no signature is by a secret that is known here");
  }
}

function header(headers: ReceivedHeaders, name: string): string {
  const values = headers instanceof Headers ? [...headers] : Object.entries(headers);
  const value = values.find(([key]) => key.toLowerCase() === name)?.[1];
  if (typeof value !== "string") throw new WebhookError(`the header ${name} is missing`);
  return value;
}

/** Throws at once when it is no secret; an empty one is none: with it anybody could sign. */
function keyOf(secret: string): Promise<Key> {
  const [, scheme, encoded = ""] = /^(whsec|whpk)_(.*)$/s.exec(secret) ?? [];
  const bytes = decoded(encoded);
  if (!scheme || !bytes?.length) throw new RangeError("a secret is whsec_ or whpk_, and base64");
  const [version, algorithm] = scheme === "whsec" ? ["v1", { name: "HMAC", hash: "SHA-256" }] : ["v1a", { name: "Ed25519" }];
  return crypto.subtle.importKey("raw", bytes, algorithm, false, ["verify"]).then((key) => ({
    version,
    // Web Crypto compares in constant time.
    verify: (signature, signed) => crypto.subtle.verify(algorithm.name, key, signature, signed),
  }));
}

function decoded(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
