//! Why the gateway says no, besides the reasons every area uses.

tributary_core::reasons! {
    API_KEY_EXISTS: AlreadyExists = "this request_id has made a key already and its secret is not kept; revoke that key and create another with a new request_id";
    API_KEY_NOT_FOUND: NotFound = "no such API key in this tenant; list them with ListApiKeys";
    METADATA_TOO_LARGE: ResourceExhausted = "the metadata of the call is larger than 16 KiB; send less";
    MESSAGE_TOO_LARGE: ResourceExhausted = "a message is larger than 4 MiB; send less at once, or use the streaming method";
    RATE_LIMITED: ResourceExhausted = "more calls than the rate of this key or tenant; wait as long as RetryInfo says";
    QUOTA_EXHAUSTED: ResourceExhausted = "the tenant has used up its quota; wait as long as RetryInfo says, or ask for more";
    OVERLOADED: Unavailable = "a service has as much to do as it can; retry with backoff";
    PATH_UNKNOWN: NotFound = "no method has this path; /openapi.json lists them all";
    HTTP_METHOD_UNKNOWN: NotFound = "the path is known, but not with this HTTP method; the message and the header 'allow' say which it knows";
}
