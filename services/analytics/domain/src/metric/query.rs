//! A question to the metric layer, checked as a whole, and what it needs of the facts.

use std::collections::BTreeSet;

use tributary_core::{Date, Violations};

use super::{
    condition::Condition,
    definitions::{Definition, find},
    dimension::{Column, Dimension},
    fact::Basis,
    grain::Grain,
    measure::{Measure, Way},
};

/// What a caller asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// Ids of metrics.
    pub metrics: Vec<String>,
    /// Split by these, in this order.
    pub dimensions: Vec<Dimension>,
    /// What facts must be like.
    pub condition: Option<Condition>,
    /// Split by periods of this length.
    pub grain: Option<Grain>,
    /// First day; `None`: from the beginning.
    pub from: Option<Date>,
    /// First day no longer wanted; `None`: to the end.
    pub to: Option<Date>,
    /// Which flow of goods; `None`: the one that the facts have.
    pub basis: Option<Basis>,
    /// How many parts of a region are kept; 0: all.
    pub region_depth: usize,
}

/// A checked question.
#[derive(Debug, Clone)]
pub struct MetricQuery {
    /// What is asked for.
    pub(super) metrics: Vec<&'static Definition>,
    /// Split by these, in this order; with the currency, at the end where it was not asked for but is needed.
    pub(super) dimensions: Vec<Dimension>,
    pub(super) grain: Option<Grain>,
    pub(super) from: Option<Date>,
    pub(super) to: Option<Date>,
    pub(super) basis: Option<Basis>,
    pub(super) region_depth: usize,
    /// What every fact must be like that has a say.
    pub(super) scope: Vec<Condition>,
    /// What facts must be like besides to be in a cell; the others are in its total over all channels. Empty unless such
    /// totals are asked for.
    pub(super) channels: Vec<Condition>,
}

impl MetricQuery {
    /// Checks a question.
    ///
    /// # Errors
    /// Every violation at once.
    pub fn new(asked: Asked) -> Result<Self, Violations> {
        let mut v = Violations::new();
        let metrics = known(&mut v, &asked.metrics);
        for (i, dimension) in asked.dimensions.iter().enumerate() {
            for metric in metrics.iter().filter(|metric| !metric.dimensions.contains(dimension)) {
                v.add(format!("dimensions[{i}]"), unknown_dimension(metric, *dimension, "split"));
            }
        }
        let mut filtered = BTreeSet::new();
        if let Some(condition) = &asked.condition {
            condition.each_dimension(&mut |dimension| {
                filtered.insert(dimension);
            });
        }
        for dimension in filtered {
            for metric in metrics.iter().filter(|metric| !metric.dimensions.contains(&dimension)) {
                v.add("filter", unknown_dimension(metric, dimension, "filtered"));
            }
        }
        if let (Some(from), Some(to)) = (asked.from, asked.to)
            && to < from
        {
            v.add("to", format!("{to} is before from {from}; it is the first day no longer wanted"));
        }
        let mut dimensions = asked.dimensions;
        if metrics.iter().any(|metric| metric.per_currency) && !dimensions.contains(&Dimension::Currency) {
            dimensions.push(Dimension::Currency);
        }
        let mut query = Self {
            metrics,
            dimensions,
            grain: asked.grain,
            from: asked.from,
            to: asked.to,
            basis: asked.basis,
            region_depth: asked.region_depth,
            scope: asked.condition.map(Condition::into_conjuncts).unwrap_or_default(),
            channels: Vec::new(),
        };
        if query.measures().contains(&Measure::NetOfAllChannels) {
            query.part_channels(&mut v);
        }
        if v.is_empty() { Ok(query) } else { Err(v) }
    }

    /// Parts what the filter says of channels from the rest: a share is one of all channels.
    fn part_channels(&mut self, v: &mut Violations) {
        let (channels, scope): (Vec<_>, Vec<_>) = self.scope.drain(..).partition(|part| part.on_channels().0);
        if scope.iter().any(|part| part.on_channels().1) {
            let message =
                "mixes channels with something else in one OR or NOT, so channel_share has no whole; join them by AND";
            v.add("filter", message);
        }
        if channels.is_empty() && !self.dimensions.contains(&Dimension::Channel) {
            v.add("dimensions", "lacks CHANNEL, which channel_share needs unless the filter names a channel");
        }
        (self.scope, self.channels) = (scope, channels);
    }

    /// The metrics asked for, in that order.
    #[must_use]
    pub fn metrics(&self) -> &[&'static Definition] {
        &self.metrics
    }

    /// What rows are split by: what was asked for, and the currency where it is needed.
    #[must_use]
    pub fn dimensions(&self) -> &[Dimension] {
        &self.dimensions
    }

    /// First day.
    #[must_use]
    pub fn from(&self) -> Option<Date> {
        self.from
    }

    /// First day no longer wanted.
    #[must_use]
    pub fn to(&self) -> Option<Date> {
        self.to
    }

    /// Which flow of goods, where it was said.
    #[must_use]
    pub fn basis(&self) -> Option<Basis> {
        self.basis
    }

    /// Length of the periods.
    #[must_use]
    pub fn grain(&self) -> Option<Grain> {
        self.grain
    }

    /// Whether it asks for anything of sales.
    #[must_use]
    pub fn reads_sales(&self) -> bool {
        self.measures().into_iter().any(|measure| measure.way() != Way::CampaignSum)
    }

    /// Whether it asks for anything of touchpoints or costs.
    #[must_use]
    pub fn reads_campaigns(&self) -> bool {
        self.measures().into_iter().any(|measure| measure.way() == Way::CampaignSum)
    }

    /// The columns it needs of each line of sales.
    #[must_use]
    pub fn columns(&self) -> BTreeSet<Column> {
        let mut columns: BTreeSet<Column> =
            self.measures().into_iter().flat_map(|measure| measure.columns().iter().copied()).collect();
        let mut look = |dimension| {
            if dimension != Dimension::Kind {
                columns.insert(Column::Dimension(dimension));
            }
        };
        self.dimensions.iter().copied().for_each(&mut look);
        self.scope.iter().chain(&self.channels).for_each(|condition| condition.each_dimension(&mut look));
        columns
    }

    /// Texts that dimensions of every line must have: what a store may leave the other lines out by.
    pub fn equalities(&self) -> impl Iterator<Item = (Dimension, &str)> {
        self.scope.iter().filter_map(|condition| match condition {
            Condition::Is(dimension, text) => Some((*dimension, text.as_str())),
            _ => None,
        })
    }

    /// What it adds up or counts, each once.
    pub(super) fn measures(&self) -> BTreeSet<Measure> {
        self.metrics.iter().flat_map(|metric| metric.measures()).collect()
    }

    /// Whether a day is in the range.
    pub(super) fn has_day(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day < to)
    }

    /// First day of the period of a day and first day after it, cut to the range; for the whole range its bounds.
    #[must_use]
    pub fn period(&self, first: Option<Date>) -> (Option<Date>, Option<Date>) {
        let Some((grain, day)) = self.grain.zip(first) else { return (self.from, self.to) };
        (self.from.max(Some(day)), self.to.map_or(Some(grain.end(day)), |to| Some(to.min(grain.end(day)))))
    }
}

fn known(v: &mut Violations, ids: &[String]) -> Vec<&'static Definition> {
    let mut metrics = Vec::with_capacity(ids.len());
    for (i, id) in ids.iter().enumerate() {
        match find(id) {
            Some(metric) => metrics.push(metric),
            None => v.add(format!("metrics[{i}]"), format!("{id:?} is not a metric; ListMetrics names them all")),
        }
    }
    metrics
}

fn unknown_dimension(metric: &Definition, dimension: Dimension, done: &str) -> String {
    let known: Vec<&str> = metric.dimensions.iter().map(|known| known.name()).collect();
    format!("{} cannot be {done} by {}; it knows {}", metric.id, dimension.name(), known.join(", "))
}
