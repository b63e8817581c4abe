//! Costs (AN-01): what a channel cost.

use tributary_core::{Date, FactAmount, Fault, ResourceId, Violations};

use crate::{
    ingest::{Row, RowKey, RowType, check_day, check_texts, content_differs},
    text,
};

/// A cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cost {
    /// Its key.
    pub key: RowKey,
    /// What sort. Example: "media".
    pub cost_type: String,
    /// The day it belongs to.
    pub occurred_on: Date,
    /// How much; negative for a refund.
    pub amount: FactAmount,
    /// Class of the channel, such as "ONLINE"; empty when it belongs to none.
    pub channel: String,
    /// Channel within the class, such as "tmall"; empty when it belongs to none.
    pub sub_channel: String,
    /// The partner, if it belongs to one.
    pub partner: Option<ResourceId>,
    /// Region; empty when it belongs to none.
    pub region: String,
    /// Product line; empty when it belongs to none.
    pub product_line: String,
}

/// A cost as it is stated: read, not checked. `None` where nothing was stated or it could not be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CostDraft {
    /// Its key.
    pub key: RowKey,
    /// What sort; required.
    pub cost_type: String,
    /// The day; required.
    pub occurred_on: Option<Date>,
    /// How much; required.
    pub amount: Option<FactAmount>,
    /// Class of the channel.
    pub channel: String,
    /// Channel within the class.
    pub sub_channel: String,
    /// The partner.
    pub partner: Option<ResourceId>,
    /// Region.
    pub region: String,
    /// Product line.
    pub product_line: String,
}

impl CostDraft {
    /// The cost. `unread` is what could not be read.
    ///
    /// # Errors
    /// Every violation at once.
    pub fn checked(self, unread: Violations) -> Result<Cost, Violations> {
        let mut v = Violations::new();
        check_texts(&mut v, &self.key, ("channel", &self.channel), &self.region);
        text::check(&mut v, "cost_type", &self.cost_type, 1..=63);
        text::check(&mut v, "sub_channel", &self.sub_channel, 0..=100);
        text::check(&mut v, "product_line", &self.product_line, 0..=100);
        match self.occurred_on {
            Some(day) => check_day(&mut v, "occurred_on", day),
            None => v.add("occurred_on", "is missing; state the day it belongs to"),
        }
        if self.amount.is_none() {
            v.add("amount", "is missing; state how much it was");
        }
        let v = unread.joined(v);
        match (self.occurred_on, self.amount) {
            (Some(occurred_on), Some(amount)) if v.is_empty() => Ok(Cost {
                key: self.key,
                cost_type: self.cost_type,
                occurred_on,
                amount,
                channel: self.channel,
                sub_channel: self.sub_channel,
                partner: self.partner,
                region: self.region,
                product_line: self.product_line,
            }),
            _ => Err(v),
        }
    }
}

impl Row for Cost {
    const TYPE: RowType = RowType::Cost;

    fn key(&self) -> RowKey {
        self.key.clone()
    }

    fn differs(&self, kept: &Self) -> Option<Fault> {
        content_differs(&[
            ("cost_type", self.cost_type != kept.cost_type),
            ("occurred_on", self.occurred_on != kept.occurred_on),
            ("amount", self.amount != kept.amount),
            ("channel", self.channel != kept.channel),
            ("sub_channel", self.sub_channel != kept.sub_channel),
            ("partner", self.partner != kept.partner),
            ("region", self.region != kept.region),
            ("product_line", self.product_line != kept.product_line),
        ])
    }
}
