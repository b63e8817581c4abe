//! What tests record beside facts: figures, rates, lines of an older system.

use tributary_proto::{
    google::r#type::Decimal,
    tributary::incentive::v1::{
        BatchRecordFiguresRequest, BatchRecordOpeningLinesRequest, BatchRecordRatesRequest, Figure, OpeningLine, Rate,
        RecordOutcome, RecordResult, figure, opening_line,
    },
};

use super::{World, answer, day, fang, mei, money};

/// A figure of a partner for a period.
pub fn figure(id: &str, (partner, name): (&str, &str), period: &str, value: &str) -> Figure {
    Figure {
        source_system: "crm".to_owned(),
        source_id: id.to_owned(),
        partner_ref: Some(figure::PartnerRef::Partner(format!("partners/{partner}"))),
        figure: name.to_owned(),
        period: period.to_owned(),
        value: Some(Decimal { value: value.to_owned() }),
        ..Figure::default()
    }
}

/// What a dollar is worth in CNY from a day on.
pub fn dollar(on: &str, value: &str) -> Rate {
    Rate {
        rate_table: "rateTables/group".to_owned(),
        from_currency: "USD".to_owned(),
        into_currency: "CNY".to_owned(),
        day: day(on),
        rate: Some(Decimal { value: value.to_owned() }),
        ..Rate::default()
    }
}

/// What an older system stated for a partner under a rule of the programme "dealers", in CNY.
pub fn opening(id: &str, partner: &str, (slot, rule): (&str, &str), period: &str, amount: &str) -> OpeningLine {
    OpeningLine {
        source_system: "old".to_owned(),
        source_id: id.to_owned(),
        programme: "programmes/dealers".to_owned(),
        slot: slot.to_owned(),
        rule: rule.to_owned(),
        partner_ref: Some(opening_line::PartnerRef::Partner(format!("partners/{partner}"))),
        period: period.to_owned(),
        amount: Some(money("CNY", amount)),
        ..OpeningLine::default()
    }
}

fn outcomes(results: &[RecordResult]) -> Vec<RecordOutcome> {
    assert!(results.iter().all(|r| r.outcome() != RecordOutcome::Refused), "{results:?}");
    results.iter().map(RecordResult::outcome).collect()
}

impl World {
    /// Records figures that all must be accepted.
    pub async fn record_figures(&self, figures: Vec<Figure>) -> Vec<RecordOutcome> {
        let request = BatchRecordFiguresRequest { figures, ..Default::default() };
        outcomes(&answer(self.figures().batch_record_figures(mei().ask(request)).await).expect("results").results)
    }

    /// Records rates that all must be accepted.
    pub async fn record_rates(&self, rates: Vec<Rate>) -> Vec<RecordOutcome> {
        let request = BatchRecordRatesRequest { rates, ..Default::default() };
        outcomes(&answer(self.rates().batch_record_rates(fang().ask(request)).await).expect("results").results)
    }

    /// Records lines of an older system that all must be accepted.
    pub async fn record_openings(&self, lines: Vec<OpeningLine>) -> Vec<RecordOutcome> {
        let request = BatchRecordOpeningLinesRequest { lines, ..Default::default() };
        outcomes(
            &answer(self.go_live().batch_record_opening_lines(fang().ask(request)).await).expect("results").results,
        )
    }
}
