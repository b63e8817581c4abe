//! Sales facts from rows.

use tributary_core::Currency;
use tributary_proto::{
    google::r#type as gtype,
    tributary::incentive::v1::{SalesFact, sales_fact},
};

use super::{
    Reading,
    words::{channel_class, fact_kind},
};
use crate::mapping::{
    FactFields, RowFault,
    time::{day, instant},
};

impl Reading<'_> {
    fn occurred(&mut self, fields: &FactFields) -> Option<sales_fact::Occurred> {
        if let Some(expr) = fields.values.get("occurred_at") {
            let text = self.required("occurred_at", Some(expr));
            let parsed = instant(text.trim(), expr.format.as_deref(), expr.zone.as_deref());
            let found = self.take(in_time("occurred_at", &text, parsed))?;
            let (seconds, nanos) = found.to_seconds_nanos();
            return Some(sales_fact::Occurred::OccurredAt(prost_types::Timestamp { seconds, nanos }));
        }
        let expr = fields.values.get("occurred_on")?;
        let text = self.required("occurred_on", Some(expr));
        let parsed = day(text.trim(), expr.format.as_deref());
        let (year, month, day) = self.take(in_time("occurred_on", &text, parsed))?.ymd();
        Some(sales_fact::Occurred::OccurredOn(gtype::Date { year, month, day }))
    }

    pub fn fact(&mut self, fields: &FactFields, source_id: String) -> SalesFact {
        let get = |name: &str| fields.values.get(name);
        let code = self.required("currency", get("currency"));
        let currency = match code.trim() {
            "" => None,
            code => {
                let found =
                    Currency::parse(code).map_err(|e| RowFault::from_sentence("currency", code, &e, "correct it"));
                self.take(found)
            }
        };
        let partner_ref = match &fields.partner_external_ref {
            Some(r) => Some(sales_fact::PartnerRef::PartnerExternalRef(self.external_ref("partner_external_ref", r))),
            None => Some(sales_fact::PartnerRef::Partner(self.required("partner", get("partner")))),
        };
        let net = self.money("net", get("net"), currency);
        if let Some(expr) = get("net").filter(|e| self.eval.decimal("net", e).is_ok_and(|n| n.is_none())) {
            let remedy = format!("fill {} in", expr.columns_text());
            self.faults.push(RowFault::new("net", "", "net is empty", remedy));
        }
        SalesFact {
            source_system: self.required("source_system", get("source_system")),
            source_id,
            partner_ref,
            kind: self.required_choice("kind", get("kind"), "FACT_KIND_", fact_kind),
            occurred: self.occurred(fields),
            sku: self.text("sku", get("sku")),
            product_line: self.text("product_line", get("product_line")),
            region: self.text("region", get("region")),
            channel: self.choice("channel", get("channel"), "CHANNEL_CLASS_", channel_class),
            sub_channel: self.text("sub_channel", get("sub_channel")),
            quantity: self.decimal("quantity", get("quantity")).map(|d| gtype::Decimal { value: d.to_string() }),
            gross: self.money("gross", get("gross"), currency),
            net,
            cost: self.money("cost", get("cost"), currency),
            original_source_id: self.text("original_source_id", get("original_source_id")),
            order_id: self.text("order_id", get("order_id")),
            customer_key: self.text("customer_key", get("customer_key")),
            labels: self.labels(&fields.labels),
            ..SalesFact::default()
        }
    }
}

fn in_time<T>(field: &str, text: &str, parsed: Result<T, String>) -> Result<T, RowFault> {
    parsed.map_err(|sentence| RowFault::from_sentence(field, text, &sentence, "correct it"))
}
