//! Instruments with a name, a unit and the attributes they may carry. Until metrics are on, measuring costs one load of
//! an atomic and nothing else.

use std::{
    fmt,
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use opentelemetry::{
    KeyValue,
    metrics::{Counter as OtelCounter, Gauge as OtelGauge, Histogram as OtelHistogram, Meter},
};

use crate::names;

static ENABLED: AtomicBool = AtomicBool::new(false);
static TRACED: AtomicBool = AtomicBool::new(false);

/// Whether anybody takes metrics: what costs a query to find out need not be asked otherwise.
#[must_use]
pub fn enabled() -> bool {
    ENABLED.load(Ordering::Relaxed)
}

/// Whether calls are to be followed to their end: somebody takes metrics or traces.
#[must_use]
pub fn followed() -> bool {
    enabled() || TRACED.load(Ordering::Relaxed)
}

/// Traces are exported from now on.
pub(crate) fn traced() {
    TRACED.store(true, Ordering::Relaxed);
}

/// Attributes of one measurement. Their values come from small sets: methods, codes, names of consumers; never ids.
pub type Attributes<'a> = &'a [(&'static str, &'a str)];

/// What is said of an instrument in the documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named {
    /// Name, after the semantic conventions where they have one. Example: "rpc.server.call.duration".
    pub name: &'static str,
    /// Unit (UCUM). Example: "s".
    pub unit: &'static str,
    /// What it counts, in one sentence.
    pub meaning: &'static str,
    /// Keys of the attributes it carries.
    pub attributes: &'static [&'static str],
}

/// An instrument of the list in [`names`].
pub trait Instrument: Sync {
    /// How it is called.
    fn named(&self) -> &Named;

    /// Kind, as the documents call it.
    fn kind(&self) -> &'static str;

    /// Makes it at a meter; the first time counts.
    #[doc(hidden)]
    fn begin(&self, meter: &Meter);
}

/// How long something took, in seconds.
pub struct Histogram {
    named: Named,
    bounds: &'static [f64],
    made: OnceLock<OtelHistogram<f64>>,
}

/// How often something happened.
pub struct Counter {
    named: Named,
    made: OnceLock<OtelCounter<u64>>,
}

/// How much there is of something now.
pub struct Gauge {
    named: Named,
    made: OnceLock<OtelGauge<i64>>,
}

impl Histogram {
    pub(crate) const fn new(
        name: &'static str,
        meaning: &'static str,
        attributes: &'static [&'static str],
        bounds: &'static [f64],
    ) -> Self {
        Self { named: Named { name, unit: "s", meaning, attributes }, bounds, made: OnceLock::new() }
    }

    /// Notes one that took so long.
    pub fn observe(&self, took: Duration, attributes: Attributes<'_>) {
        if let Some(made) = self.made.get() {
            made.record(took.as_secs_f64(), &pairs(attributes));
        }
    }
}

impl Counter {
    pub(crate) const fn new(
        name: &'static str,
        unit: &'static str,
        meaning: &'static str,
        attributes: &'static [&'static str],
    ) -> Self {
        Self { named: Named { name, unit, meaning, attributes }, made: OnceLock::new() }
    }

    /// Counts `count` more.
    pub fn add(&self, count: u64, attributes: Attributes<'_>) {
        if let Some(made) = self.made.get() {
            made.add(count, &pairs(attributes));
        }
    }
}

impl Gauge {
    pub(crate) const fn new(
        name: &'static str,
        unit: &'static str,
        meaning: &'static str,
        attributes: &'static [&'static str],
    ) -> Self {
        Self { named: Named { name, unit, meaning, attributes }, made: OnceLock::new() }
    }

    /// Says how much there is.
    pub fn set(&self, value: i64, attributes: Attributes<'_>) {
        if let Some(made) = self.made.get() {
            made.record(value, &pairs(attributes));
        }
    }
}

impl Instrument for Histogram {
    fn named(&self) -> &Named {
        &self.named
    }

    fn kind(&self) -> &'static str {
        "histogram"
    }

    fn begin(&self, meter: &Meter) {
        let Named { name, unit, meaning, .. } = self.named;
        let builder = meter.f64_histogram(name).with_unit(unit).with_description(meaning);
        self.made.get_or_init(|| builder.with_boundaries(self.bounds.to_vec()).build());
    }
}

impl Instrument for Counter {
    fn named(&self) -> &Named {
        &self.named
    }

    fn kind(&self) -> &'static str {
        "counter"
    }

    fn begin(&self, meter: &Meter) {
        let Named { name, unit, meaning, .. } = self.named;
        self.made.get_or_init(|| meter.u64_counter(name).with_unit(unit).with_description(meaning).build());
    }
}

impl Instrument for Gauge {
    fn named(&self) -> &Named {
        &self.named
    }

    fn kind(&self) -> &'static str {
        "gauge"
    }

    fn begin(&self, meter: &Meter) {
        let Named { name, unit, meaning, .. } = self.named;
        self.made.get_or_init(|| meter.i64_gauge(name).with_unit(unit).with_description(meaning).build());
    }
}

macro_rules! shown {
    ($($type:ident),*) => {$(
        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($type)).field("named", &self.named).finish_non_exhaustive()
            }
        }
    )*};
}
shown!(Histogram, Counter, Gauge);

/// Makes every instrument; from now on measurements count.
pub(crate) fn begin(meter: &Meter) {
    for instrument in names::METRICS {
        instrument.begin(meter);
    }
    ENABLED.store(true, Ordering::Relaxed);
}

fn pairs(attributes: Attributes<'_>) -> Vec<KeyValue> {
    attributes.iter().map(|(key, value)| KeyValue::new(*key, (*value).to_owned())).collect()
}
