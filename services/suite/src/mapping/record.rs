//! From a row to a message: every fault of the row at once.

mod fact;
mod partner;
mod reading;
mod tree;
mod words;

use prost_reflect::{DynamicMessage, Value};
use tributary_proto::tributary::{incentive::v1::SalesFact, partner::v1::PartnerUpsert};

use self::reading::Reading;
use super::{Fields, Mapping, Ordinals, RecordFields, Row, RowFault, Template, origin::is_customer_key, value::Eval};
use crate::import::REJECT_SOURCE_ID;

pub(super) use self::words::{channel_class, enum_name, fact_kind, partner_kind, partner_status};

/// What a row became.
#[derive(Debug, Clone, PartialEq)]
pub enum Mapped {
    /// A sales fact.
    Fact(Box<SalesFact>),
    /// A partner to create or update.
    Partner(Box<PartnerUpsert>),
    /// A message of any other target.
    Record(Box<DynamicMessage>),
}

/// Turns the rows of one file into messages, in order.
#[derive(Debug)]
pub struct Mapper<'m> {
    mapping: &'m Mapping,
    ordinals: Ordinals,
}

impl<'m> Mapper<'m> {
    /// For one pass over one file.
    #[must_use]
    pub fn new(mapping: &'m Mapping) -> Self {
        Self { mapping, ordinals: Ordinals::default() }
    }

    /// Turns a row into a message. The second part is the source id where only this pass can know it (it counts rows),
    /// so that a reject can be imported again under the same one.
    ///
    /// # Errors
    /// Everything that is wrong with the row.
    pub fn map(&mut self, row: &Row) -> (Result<Mapped, Vec<RowFault>>, Option<String>) {
        let eval = Eval { row, nulls: &self.mapping.nulls, part: 0 };
        let mut reading = Reading { eval, faults: Vec::new() };
        let (mapped, counted) = match &self.mapping.fields {
            Fields::Facts(fields) => {
                let (source_id, counted) = self.source_id(&fields.source_id, "source_id", &mut reading);
                (Mapped::Fact(Box::new(reading.fact(fields, source_id))), counted)
            }
            Fields::Partners(fields) => (Mapped::Partner(Box::new(reading.partner(fields))), None),
            Fields::Record(fields) => {
                let (message, counted) = self.record(fields, &mut reading);
                (Mapped::Record(Box::new(message)), counted)
            }
        };
        let mut faults = reading.faults;
        faults.iter_mut().filter(|fault| is_customer_key(&fault.field)).for_each(|fault| fault.value.clear());
        if faults.is_empty() { (Ok(mapped), counted) } else { (Err(faults), counted) }
    }

    fn record(&mut self, fields: &RecordFields, reading: &mut Reading<'_>) -> (DynamicMessage, Option<String>) {
        let mut counted = None;
        let mut made = None;
        if let (Some(template), Some(key)) = (&fields.source_id, fields.target.made_key()) {
            let (source_id, kept) = self.source_id(template, key, reading);
            counted = kept;
            made = fields.tree.descriptor.get_field_by_name(key).map(|field| (field, source_id));
        }
        let mut message = reading.message("", &fields.tree);
        if let Some((field, source_id)) = made {
            message.set_field(&field, Value::String(source_id));
        }
        (message, counted)
    }

    /// The key of the row in its source, and once more where the row alone does not say.
    fn source_id(&mut self, template: &Template, field: &str, reading: &mut Reading<'_>) -> (String, Option<String>) {
        let eval = reading.eval;
        if let Some(given) = eval.row.cell(REJECT_SOURCE_ID).filter(|c| !c.is_empty()) {
            return (given.to_owned(), Some(given.to_owned()));
        }
        match template.fill(|c| eval.cell(c), &mut self.ordinals) {
            Ok(id) => {
                let counted = template.counts().then(|| id.clone());
                (id, counted)
            }
            Err(column) => {
                let reason = format!("column {column} is empty, but the source id is made of it");
                reading.faults.push(RowFault::new(field, "", reason, "fill it in"));
                (String::new(), None)
            }
        }
    }

    /// Whether source ids count rows.
    #[must_use]
    pub fn counts_rows(&self) -> bool {
        self.mapping.source_id().is_some_and(Template::counts)
    }
}

#[cfg(test)]
mod tests;
