//! Why the gateway says no, besides the reasons every area uses.

tributary_core::reasons! {
    API_KEY_EXISTS: AlreadyExists = "this request_id has made a key already and its secret is not kept; revoke that key and create another with a new request_id";
    API_KEY_NOT_FOUND: NotFound = "no such API key in this tenant; list them with ListApiKeys";
    TOKEN_INVALID: Unauthenticated = "the token cannot be believed; the message says which rule it breaks, get another one from its issuer";
    TOKEN_EXPIRED: Unauthenticated = "the token is expired or older than tokens may be here; get a new one from its issuer";
    TOKEN_NOT_YET_VALID: Unauthenticated = "the token holds only later; wait, or compare the clocks of the issuer and the gateway";
    TOKEN_ISSUER_UNKNOWN: Unauthenticated = "tokens of this issuer are not taken here; use an API key, or let an operator configure it in gateway.identity.issuers";
    TOKEN_AUDIENCE: Unauthenticated = "the token is for another service; ask its issuer for one with an audience that is configured here";
    TOKEN_KEY_UNKNOWN: Unauthenticated = "the issuer publishes no key with the kid of the token; get a new token, and if it is from a new key, retry after 30 seconds";
    TOKEN_BINDING: Unauthenticated = "the token is bound to a certificate that the client of this connection did not show; connect with the certificate that the token was made for";
    CERTIFICATE_UNKNOWN: Unauthenticated = "the certificate of the client names no client, or several, of this installation; let an operator name it in gateway.identity.clients, or send a key or a token";
    TOKEN_TENANT_UNKNOWN: PermissionDenied = "the token is good but names no tenant of this installation; the issuer's claims or an operator's mapping must say which";
    TOKEN_WITHOUT_ROLES: PermissionDenied = "the token is good but none of what it says is mapped to a role; the issuer's claims or an operator's mapping must give one";
    TOKEN_ROLES_CONFLICT: PermissionDenied = "the token is good but makes its holder a partner's own user and something else, too; the issuer's claims or an operator's mapping must give either";
    TOKEN_PARTNER_UNKNOWN: PermissionDenied = "the token is good but does not say whose partner's user it is; the issuer's claims or an operator's mapping must name the partner";
    ISSUER_UNAVAILABLE: Unavailable = "the keys of the token's issuer are not known and cannot be fetched; retry with backoff";
    METADATA_TOO_LARGE: ResourceExhausted = "the metadata of the call is larger than 16 KiB; send less";
    MESSAGE_TOO_LARGE: ResourceExhausted = "a message is larger than 4 MiB; send less at once, or use the streaming method";
    RATE_LIMITED: ResourceExhausted = "more calls than the rate of this key or tenant; wait as long as RetryInfo says";
    QUOTA_EXHAUSTED: ResourceExhausted = "the tenant has used up its quota; wait as long as RetryInfo says, or ask for more";
    OVERLOADED: Unavailable = "a service has as much to do as it can; retry with backoff";
    EVENT_CURSOR_INVALID: InvalidArgument = "the cursor was not made by this API for this tenant; send one as it came, or none to begin with the oldest event";
    EVENT_CURSOR_EXPIRED: FailedPrecondition = "events after the cursor are older than 30 days and no longer kept; read the state of what you follow anew and go on from oldest_cursor";
    EVENT_CURSOR_UNKNOWN: FailedPrecondition = "the cursor is of a feed that is no more, because the store was replaced; read the state of what you follow anew and go on from oldest_cursor";
    EVENT_WATCHERS: ResourceExhausted = "the tenant has too many open streams of events at this gateway; close some, or read by ListEvents";
    WEBHOOK_EXISTS: AlreadyExists = "there is a webhook of this id already; update it, or choose another id";
    WEBHOOK_LIMIT: ResourceExhausted = "the tenant has as many webhooks as it may; delete one, or let one take more types";
    WEBHOOK_NOT_FOUND: NotFound = "no such webhook in this tenant; list them with ListWebhooks";
    DELIVERY_NOT_FOUND: NotFound = "no such delivery, or it is older than 30 days; list them with ListWebhookDeliveries";
    PATH_UNKNOWN: NotFound = "no method has this path; /openapi.json lists them all";
    HTTP_METHOD_UNKNOWN: NotFound = "the path is known, but not with this HTTP method; the message and the header 'allow' say which it knows";
}
