//! Touchpoints (AN-01): what a customer did on a channel.

use tributary_core::{Date, FactAmount, Fault, ResourceId, Timestamp, Violations, Zone};

use crate::{
    ingest::{Row, RowKey, RowType, check_day, check_texts, content_differs},
    text,
};

/// What a customer did. The order is that in which things of one instant are taken to have happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TouchpointKind {
    /// Saw it.
    Impression,
    /// Clicked it.
    Click,
    /// Came.
    Visit,
    /// Left an interest.
    Lead,
    /// Bought.
    Conversion,
}

impl TouchpointKind {
    /// Every kind, in the order of their numbers.
    pub const ALL: [Self; 5] = [Self::Impression, Self::Click, Self::Visit, Self::Lead, Self::Conversion];

    /// Number as in the API and in the store, from 1.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Impression => 1,
            Self::Click => 2,
            Self::Visit => 3,
            Self::Lead => 4,
            Self::Conversion => 5,
        }
    }

    /// The kind of a number, `None` for 0 and unknown ones.
    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| i64::from(kind.number()) == number)
    }
}

/// A touchpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touchpoint {
    /// Its key.
    pub key: RowKey,
    /// Pseudonym of the customer; empty when it is not known.
    pub customer_key: String,
    /// What happened.
    pub kind: TouchpointKind,
    /// The channel. Example: "tmall".
    pub channel: String,
    /// Class of the channel, such as "ONLINE"; empty when it is not known.
    pub channel_class: String,
    /// The partner behind it, if it is known.
    pub partner: Option<ResourceId>,
    /// Region; empty when it is not known.
    pub region: String,
    /// When.
    pub occurred_at: Timestamp,
    /// The day of that instant in the zone of the installation, as of when it was recorded.
    pub occurred_on: Date,
    /// Value of a conversion.
    pub value: Option<FactAmount>,
    /// Order of a conversion; empty when it is not known.
    pub order_id: String,
}

/// A touchpoint as it is stated: read, not checked. `None` where nothing was stated or it could not be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TouchpointDraft {
    /// Its key.
    pub key: RowKey,
    /// Pseudonym of the customer.
    pub customer_key: String,
    /// What happened; required.
    pub kind: Option<TouchpointKind>,
    /// The channel; required.
    pub channel: String,
    /// Class of the channel.
    pub channel_class: String,
    /// The partner.
    pub partner: Option<ResourceId>,
    /// Region.
    pub region: String,
    /// When; required.
    pub occurred_at: Option<Timestamp>,
    /// Value of a conversion.
    pub value: Option<FactAmount>,
    /// Order of a conversion.
    pub order_id: String,
}

impl TouchpointDraft {
    /// The touchpoint. `unread` is what could not be read; days are those of `zone`.
    ///
    /// # Errors
    /// Every violation at once.
    pub fn checked(self, unread: Violations, zone: &Zone) -> Result<Touchpoint, Violations> {
        let mut v = Violations::new();
        check_texts(&mut v, &self.key, ("channel_class", &self.channel_class), &self.region);
        text::check(&mut v, "customer_key", &self.customer_key, 0..=200);
        text::check(&mut v, "channel", &self.channel, 1..=63);
        text::check(&mut v, "order_id", &self.order_id, 0..=200);
        if self.kind.is_none() {
            v.add("kind", "is missing; state what the customer did");
        }
        if self.kind.is_some_and(|kind| kind != TouchpointKind::Conversion) {
            if self.value.is_some() {
                v.add("value", "is of a conversion only; leave it unset");
            }
            if !self.order_id.is_empty() {
                v.add("order_id", "is of a conversion only; leave it empty");
            }
        }
        if let Some(value) = self.value.filter(|value| value.value < 0) {
            v.add("value", format!("{value} is negative; state what the conversion is worth"));
        }
        let occurred_on = self.occurred_at.map(|at| zone.day_of(at));
        match occurred_on {
            Some(day) => check_day(&mut v, "occurred_at", day),
            None => v.add("occurred_at", "is missing; state when it happened"),
        }
        let v = unread.joined(v);
        match (self.kind, self.occurred_at, occurred_on) {
            (Some(kind), Some(occurred_at), Some(occurred_on)) if v.is_empty() => Ok(Touchpoint {
                key: self.key,
                customer_key: self.customer_key,
                kind,
                channel: self.channel,
                channel_class: self.channel_class,
                partner: self.partner,
                region: self.region,
                occurred_at,
                occurred_on,
                value: self.value,
                order_id: self.order_id,
            }),
            _ => Err(v),
        }
    }
}

impl Row for Touchpoint {
    const TYPE: RowType = RowType::Touchpoint;

    fn key(&self) -> RowKey {
        self.key.clone()
    }

    /// The day is no content: it follows from the instant, and from a setting that may have changed since.
    fn differs(&self, kept: &Self) -> Option<Fault> {
        content_differs(&[
            ("customer_key", self.customer_key != kept.customer_key),
            ("kind", self.kind != kept.kind),
            ("channel", self.channel != kept.channel),
            ("channel_class", self.channel_class != kept.channel_class),
            ("partner", self.partner != kept.partner),
            ("region", self.region != kept.region),
            ("occurred_at", self.occurred_at != kept.occurred_at),
            ("value", self.value != kept.value),
            ("order_id", self.order_id != kept.order_id),
        ])
    }
}
