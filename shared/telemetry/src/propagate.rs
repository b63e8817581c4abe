//! Trace context between processes: the W3C headers `traceparent` and `tracestate`; between an event (or an operation)
//! and what comes of it: the text of `traceparent`.

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::{
    Context,
    propagation::{Extractor, Injector, TextMapPropagator as _},
    trace::TraceContextExt as _,
};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

const PARENT: &str = "traceparent";

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}

struct HeadersMut<'a>(&'a mut HeaderMap);

impl Injector for HeadersMut<'_> {
    fn set(&mut self, key: &str, value: String) {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(key.as_bytes()), HeaderValue::from_str(&value)) {
            self.0.insert(name, value);
        }
    }
}

/// Makes `span` a child of the span that the caller's headers name. Call it before the span is entered; does nothing
/// when there is no such header or traces are not exported.
pub fn continue_trace(span: &Span, headers: &HeaderMap) {
    if !headers.contains_key(PARENT) {
        return;
    }
    let parent = TraceContextPropagator::new().extract_with_context(&Context::new(), &Headers(headers));
    if let Err(error) = span.set_parent(parent) {
        tracing::trace!(?error, "the caller's trace is not continued");
    }
}

/// Writes the present span into the headers of an outgoing call. Without exported traces the headers stay as they are.
pub fn inject(headers: &mut HeaderMap) {
    let context = Span::current().context();
    if context.span().span_context().is_valid() {
        TraceContextPropagator::new().inject_context(&context, &mut HeadersMut(headers));
    }
}

/// One text in the place of headers.
struct Text<'a>(&'a str);

impl Extractor for Text<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        (key == PARENT).then_some(self.0)
    }

    fn keys(&self) -> Vec<&str> {
        vec![PARENT]
    }
}

/// Takes one text.
struct TextMut(String);

impl Injector for TextMut {
    fn set(&mut self, key: &str, value: String) {
        if key == PARENT {
            self.0 = value;
        }
    }
}

/// The present span as the text of a `traceparent`, to be kept with an event or an operation; empty when traces are not
/// exported.
#[must_use]
pub fn trace_parent() -> String {
    let context = Span::current().context();
    if !context.span().span_context().is_valid() {
        return String::new();
    }
    let mut text = TextMut(String::new());
    TraceContextPropagator::new().inject_context(&context, &mut text);
    text.0
}

/// Makes `span` a child of the span that a kept `traceparent` names. Call it before the span is entered; an empty or
/// unreadable text, and a process that exports no traces, leave the span as it is.
pub fn continue_from(span: &Span, parent: &str) {
    if parent.is_empty() {
        return;
    }
    let parent = TraceContextPropagator::new().extract_with_context(&Context::new(), &Text(parent));
    if let Err(error) = span.set_parent(parent) {
        tracing::trace!(?error, "the trace is not continued");
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use opentelemetry::trace::TracerProvider as _;
    use opentelemetry_sdk::trace::SdkTracerProvider;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::{continue_from, continue_trace, inject, trace_parent};

    const CALLER: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn a_trace_goes_on_through_headers() {
        let provider = SdkTracerProvider::builder().build();
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
        let sent = tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            let received =
                HeaderMap::from_iter([(http::HeaderName::from_static("traceparent"), CALLER.parse().expect("value"))]);
            let span = tracing::info_span!("call");
            continue_trace(&span, &received);
            let mut headers = HeaderMap::new();
            span.in_scope(|| inject(&mut headers));
            headers.get("traceparent").expect("sent").to_str().expect("text").to_owned()
        });
        // The same trace, another span, still sampled.
        let parts: Vec<&str> = sent.split('-').collect();
        assert_eq!((parts[0], parts[1], parts[3]), ("00", "0af7651916cd43dd8448eb211c80319c", "01"));
        assert_ne!(parts[2], "b7ad6b7169203331");
    }

    #[test]
    fn a_trace_goes_on_through_a_kept_text() {
        let provider = SdkTracerProvider::builder().build();
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
        let (kept, unreadable) = tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            let kept = |parent| {
                let span = tracing::info_span!("process");
                continue_from(&span, parent);
                span.in_scope(trace_parent)
            };
            (kept(CALLER), kept("nonsense"))
        });
        assert!(kept.starts_with("00-0af7651916cd43dd8448eb211c80319c-") && kept.ends_with("-01"), "{kept}");
        assert!(!kept.contains("b7ad6b7169203331"), "{kept}");
        assert!(unreadable.len() == kept.len() && unreadable[..35] != kept[..35], "a trace of its own: {unreadable}");
    }

    #[test]
    fn without_exported_traces_nothing_is_sent() {
        let mut headers = HeaderMap::new();
        inject(&mut headers);
        assert!(headers.is_empty());
        assert_eq!(trace_parent(), "");
    }
}
