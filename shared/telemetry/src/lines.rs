//! Log lines for machines: one JSON object per event, with the fields of the spans around it (so the request id of the
//! call) and, where traces are taken, the ids of trace and span.
//!
//! Written here because the layer of tracing-subscriber knows nothing of traces, and nests fields by span, where a
//! person who searches wants `request_id` in one place.

use std::{fmt, io::Write as _, sync::OnceLock};

use opentelemetry::trace::TraceContextExt as _;
use serde_json::{Map, Value};
use tracing::{
    Dispatch, Event, Subscriber,
    dispatcher::WeakDispatch,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{
    Layer,
    fmt::{
        MakeWriter,
        format::Writer,
        time::{FormatTime as _, SystemTime},
    },
    layer::Context,
    registry::LookupSpan,
};

/// The layer.
pub(crate) struct JsonLines<W> {
    writer: W,
    dispatch: OnceLock<WeakDispatch>,
}

impl<W> JsonLines<W> {
    pub(crate) fn new(writer: W) -> Self {
        Self { writer, dispatch: OnceLock::new() }
    }

    /// The ids of the span that is traced here.
    fn ids(&self, span: &Id) -> Option<(String, String)> {
        let dispatch = self.dispatch.get().and_then(WeakDispatch::upgrade)?;
        let context = tracing_opentelemetry::get_otel_context(span, &dispatch)?;
        let span = context.span();
        let ids = span.span_context();
        ids.is_valid().then(|| (ids.trace_id().to_string(), ids.span_id().to_string()))
    }
}

impl<S, W> Layer<S> for JsonLines<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'w> MakeWriter<'w> + 'static,
{
    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        self.dispatch.get_or_init(|| dispatch.downgrade());
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            let mut fields = Fields::default();
            attributes.record(&mut fields);
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut line = Fields::default();
        let mut time = String::new();
        // Cannot fail: it writes to a string.
        if SystemTime.format_time(&mut Writer::new(&mut time)).is_ok() {
            line.put("timestamp", time);
        }
        line.put("level", event.metadata().level().as_str());
        line.put("target", event.metadata().target());
        if let Some(span) = context.event_span(event) {
            if let Some((trace, span)) = self.ids(&span.id()) {
                line.put("trace_id", trace);
                line.put("span_id", span);
            }
            for span in span.scope().from_root() {
                if let Some(Fields(fields)) = span.extensions().get::<Fields>() {
                    line.0.extend(fields.iter().map(|(key, value)| (key.clone(), value.clone())));
                }
            }
        }
        event.record(&mut line);
        let mut text = Value::Object(line.0).to_string();
        text.push('\n');
        // A line that cannot be written has nowhere else to go.
        drop(self.writer.make_writer_for(event.metadata()).write_all(text.as_bytes()));
    }
}

/// What a span or an event carries.
#[derive(Debug, Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn put(&mut self, key: &str, value: impl Into<Value>) {
        self.0.insert(key.to_owned(), value.into());
    }

    /// `otel.name` and its kin are words to the exporter.
    fn keep(&mut self, field: &Field, value: impl Into<Value>) {
        if !field.name().starts_with("otel.") {
            self.put(field.name(), value);
        }
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.keep(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.keep(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.keep(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.keep(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.keep(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.keep(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.keep(field, value.to_string());
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::{Arc, Mutex},
    };

    use opentelemetry::trace::TracerProvider as _;
    use opentelemetry_sdk::trace::SdkTracerProvider;
    use serde_json::Value;
    use tracing_subscriber::{fmt::MakeWriter, layer::SubscriberExt as _};

    use super::JsonLines;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("sink").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl<'w> MakeWriter<'w> for Sink {
        type Writer = Self;

        fn make_writer(&'w self) -> Self {
            self.clone()
        }
    }

    #[test]
    fn a_line_carries_the_ids_and_the_fields_around_it() {
        let sink = Sink::default();
        let provider = SdkTracerProvider::builder().build();
        let traces = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
        let subscriber = tracing_subscriber::registry().with(traces).with(JsonLines::new(sink.clone()));
        tracing::subscriber::with_default(subscriber, || {
            let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
            let outer = tracing::info_span!("rpc", request_id = "r-1", late = tracing::field::Empty, otel.name = "x");
            crate::continue_from(&outer, parent);
            let _outer = outer.enter();
            outer.record("late", 7);
            let _inner = tracing::info_span!("inner", step = "a \"b\"").entered();
            tracing::warn!(count = 3, ok = true, error = %"no\nway", "it is so");
        });
        let text = String::from_utf8(sink.0.lock().expect("sink").clone()).expect("utf-8");
        assert_eq!(text.lines().count(), 1, "{text}");
        let line: Value = serde_json::from_str(&text).expect("json");
        let shown = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
        assert_eq!((shown("level"), shown("message")), ("WARN".to_owned(), "it is so".to_owned()));
        assert_eq!((shown("request_id"), shown("step")), ("r-1".to_owned(), "a \"b\"".to_owned()));
        assert_eq!(
            (line["late"].as_i64(), line["count"].as_i64(), line["ok"].as_bool()),
            (Some(7), Some(3), Some(true))
        );
        assert_eq!(
            (shown("error"), shown("trace_id")),
            ("no\nway".to_owned(), "0af7651916cd43dd8448eb211c80319c".to_owned())
        );
        assert_eq!((shown("span_id").len(), shown("timestamp").get(10..11)), (16, Some("T")));
        assert!(line.get("otel.name").is_none(), "{line}");
    }
}
