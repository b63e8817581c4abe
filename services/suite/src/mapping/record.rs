//! From a row to a message: every fault of the row at once.

mod fact;
mod partner;
mod reading;
mod words;

use tributary_proto::tributary::{incentive::v1::SalesFact, partner::v1::PartnerUpsert};

use self::reading::Reading;
use super::{FactFields, Fields, Mapping, Ordinals, Row, RowFault, value::Eval};
use crate::import::REJECT_SOURCE_ID;

pub(super) use self::words::{channel_class, enum_name, fact_kind, partner_kind, partner_status};

/// What a row became.
#[derive(Debug, Clone, PartialEq)]
pub enum Mapped {
    /// A sales fact.
    Fact(Box<SalesFact>),
    /// A partner to create or update.
    Partner(Box<PartnerUpsert>),
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
        let eval = Eval { row, nulls: &self.mapping.nulls };
        let mut reading = Reading { eval, faults: Vec::new() };
        let (mapped, counted) = match &self.mapping.fields {
            Fields::Facts(fields) => {
                let (source_id, counted) = self.source_id(fields, row, &mut reading);
                (Mapped::Fact(Box::new(reading.fact(fields, source_id))), counted)
            }
            Fields::Partners(fields) => (Mapped::Partner(Box::new(reading.partner(fields))), None),
        };
        if reading.faults.is_empty() { (Ok(mapped), counted) } else { (Err(reading.faults), counted) }
    }

    fn source_id(&mut self, fields: &FactFields, row: &Row, reading: &mut Reading<'_>) -> (String, Option<String>) {
        if let Some(given) = row.cell(REJECT_SOURCE_ID).filter(|c| !c.is_empty()) {
            return (given.to_owned(), Some(given.to_owned()));
        }
        let eval = reading.eval;
        match fields.source_id.fill(|c| eval.cell(c), &mut self.ordinals) {
            Ok(id) => {
                let counted = fields.source_id.counts().then(|| id.clone());
                (id, counted)
            }
            Err(column) => {
                let reason = format!("column {column} is empty, but the source id is made of it");
                reading.faults.push(RowFault::new("source_id", "", reason, "fill it in"));
                (String::new(), None)
            }
        }
    }

    /// Whether source ids count rows.
    #[must_use]
    pub fn counts_rows(&self) -> bool {
        matches!(&self.mapping.fields, Fields::Facts(f) if f.source_id.counts())
    }
}

#[cfg(test)]
mod tests;
