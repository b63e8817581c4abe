//! The messages of settlements.

use incentive_calculation_domain::{
    digest::sha256,
    settlement::{
        Adjustment, AdjustmentKind, Confirmation, Export, Form, Hold, HoldKind, Line, Outcome, Payment, Settlement,
        State, Step, Terms, Withholding,
    },
};
use tributary_core::Violations;
use tributary_proto::tributary::incentive::v1 as pb;
use tributary_rpc::convert::{date, date_to_proto, decimal, decimal_to_proto, minor_to_proto, timestamp_to_proto};

/// Most decimals of a rate or an allowance.
const RATE_DIGITS: u32 = 6;

const FORMS: [(Form, pb::SettlementForm); 7] = [
    (Form::Cash, pb::SettlementForm::Cash),
    (Form::InvoiceDiscount, pb::SettlementForm::InvoiceDiscount),
    (Form::Goods, pb::SettlementForm::Goods),
    (Form::RebateAccount, pb::SettlementForm::RebateAccount),
    (Form::PrepaymentAccount, pb::SettlementForm::PrepaymentAccount),
    (Form::DepositAccount, pb::SettlementForm::DepositAccount),
    (Form::OverdraftAccount, pb::SettlementForm::OverdraftAccount),
];

/// Writes a state.
#[must_use]
pub fn state_to_proto(state: State) -> pb::SettlementState {
    match state {
        State::Draft => pb::SettlementState::Draft,
        State::InReview => pb::SettlementState::InReview,
        State::Approved => pb::SettlementState::Approved,
        State::Locked => pb::SettlementState::Locked,
        State::Exported => pb::SettlementState::Exported,
        State::Paid => pb::SettlementState::Paid,
        State::Failed => pb::SettlementState::Failed,
    }
}

/// Reads a state; unspecified is none.
#[must_use]
pub fn state(value: pb::SettlementState) -> Option<State> {
    State::ALL.into_iter().find(|state| state_to_proto(*state) == value)
}

/// Reads a kind of adjustment; unspecified is none.
#[must_use]
pub fn adjustment_kind(value: pb::SettlementAdjustmentKind) -> Option<AdjustmentKind> {
    match value {
        pb::SettlementAdjustmentKind::Unspecified => None,
        pb::SettlementAdjustmentKind::Correction => Some(AdjustmentKind::Correction),
        pb::SettlementAdjustmentKind::Deposit => Some(AdjustmentKind::Deposit),
        pb::SettlementAdjustmentKind::Draw => Some(AdjustmentKind::Draw),
        pb::SettlementAdjustmentKind::Fee => Some(AdjustmentKind::Fee),
        pb::SettlementAdjustmentKind::Release => Some(AdjustmentKind::Release),
    }
}

fn adjustment_kind_to_proto(kind: AdjustmentKind) -> pb::SettlementAdjustmentKind {
    match kind {
        AdjustmentKind::Correction => pb::SettlementAdjustmentKind::Correction,
        AdjustmentKind::Deposit => pb::SettlementAdjustmentKind::Deposit,
        AdjustmentKind::Draw => pb::SettlementAdjustmentKind::Draw,
        AdjustmentKind::Fee => pb::SettlementAdjustmentKind::Fee,
        AdjustmentKind::Release => pb::SettlementAdjustmentKind::Release,
    }
}

fn form_to_proto(form: Form) -> pb::SettlementForm {
    FORMS.iter().find(|row| row.0 == form).map(|row| row.1).unwrap_or_default()
}

/// Reads terms; what cannot be read is added to the violations.
#[must_use]
pub fn terms(stated: &pb::SettlementTerms, violations: &mut Violations) -> Terms {
    let form = FORMS.iter().find(|row| row.1 == stated.form()).map(|row| row.0).unwrap_or_default();
    let mut withholding = Vec::with_capacity(stated.withholding.len());
    for (at, rule) in stated.withholding.iter().enumerate() {
        let field = |name: &str| format!("terms.withholding[{at}].{name}");
        let rate = rule.rate.as_ref().ok_or_else(|| "is missing; 20 % is 0.2".to_owned());
        let rate = violations.check(&field("rate"), rate.and_then(|rate| decimal(rate, RATE_DIGITS)));
        let allowance = rule.allowance.as_ref().map(|allowance| decimal(allowance, RATE_DIGITS)).transpose();
        let allowance = violations.check(&field("allowance"), allowance).flatten();
        if let Some(rate) = rate {
            withholding.push(Withholding { partner_kinds: rule.partner_kinds.clone(), rate, allowance });
        }
    }
    Terms { form, withholding, dispute_days: i64::from(stated.dispute_days) }
}

fn terms_to_proto(terms: &Terms) -> pb::SettlementTerms {
    let rule = |rule: &Withholding| pb::WithholdingRule {
        partner_kinds: rule.partner_kinds.clone(),
        rate: Some(decimal_to_proto(rule.rate)),
        allowance: rule.allowance.map(decimal_to_proto),
    };
    pb::SettlementTerms {
        form: form_to_proto(terms.form).into(),
        withholding: terms.withholding.iter().map(rule).collect(),
        dispute_days: i32::try_from(terms.dispute_days).unwrap_or(i32::MAX),
    }
}

/// Writes a settlement.
#[must_use]
pub fn settlement_to_proto(settlement: &Settlement) -> pb::Settlement {
    let money = |value: i64| Some(minor_to_proto(settlement.money(value)));
    let amounts = settlement.amounts;
    pb::Settlement {
        name: settlement.name(),
        statement: format!("statements/{}", settlement.id),
        programme: format!("programmes/{}", settlement.programme),
        period: settlement.period.clone(),
        partner: format!("partners/{}", settlement.partner),
        partner_display_name: settlement.partner_display_name.clone(),
        partner_business_key: settlement.partner_business_key.clone(),
        partner_kind: settlement.partner_kind.clone(),
        state: state_to_proto(settlement.state).into(),
        terms: Some(terms_to_proto(&settlement.terms)),
        lines: settlement.lines.iter().map(|line| line_to_proto(settlement, line)).collect(),
        adjustments: settlement.adjustments.iter().map(|made| adjustment_to_proto(settlement, made)).collect(),
        opening: money(amounts.opening),
        earned: money(amounts.earned),
        adjusted: money(amounts.adjusted),
        withheld: money(amounts.withheld),
        tax: money(amounts.tax),
        payable: money(amounts.payable),
        closing: money(amounts.closing),
        dispute_until: settlement.dispute_until.map(date_to_proto),
        payments: settlement.payments.iter().map(payment_to_proto).collect(),
        steps: settlement.steps.iter().map(step_to_proto).collect(),
        create_time: Some(timestamp_to_proto(settlement.create_time)),
        etag: settlement.etag(),
    }
}

fn line_to_proto(settlement: &Settlement, line: &Line) -> pb::SettlementLine {
    let hold = |hold: &Hold| pb::SettlementHold {
        kind: match hold.kind {
            HoldKind::Rule => pb::SettlementHoldKind::Rule,
            HoldKind::Manual => pb::SettlementHoldKind::Manual,
            HoldKind::Dispute => pb::SettlementHoldKind::Dispute,
        }
        .into(),
        reason: hold.reason.clone(),
        author: hold.author.clone(),
    };
    pb::SettlementLine {
        line: line.id.clone(),
        title: line.title.clone(),
        amount: Some(minor_to_proto(settlement.money(line.amount))),
        holds: line.holds.iter().map(hold).collect(),
    }
}

fn adjustment_to_proto(settlement: &Settlement, made: &Adjustment) -> pb::SettlementAdjustment {
    pb::SettlementAdjustment {
        kind: adjustment_kind_to_proto(made.kind).into(),
        amount: Some(minor_to_proto(settlement.money(made.amount))),
        reason: made.reason.clone(),
        author: made.author.clone(),
    }
}

fn payment_to_proto(payment: &Payment) -> pb::SettlementPayment {
    let told = pb::SettlementPayment {
        export: format!("payableExports/{}", payment.export),
        export_time: Some(timestamp_to_proto(payment.export_time)),
        confirm_time: payment.confirm_time.map(timestamp_to_proto),
        ..pb::SettlementPayment::default()
    };
    match payment.outcome.clone() {
        None => told,
        Some(Outcome::Paid { reference, paid_on, red_letter_invoice }) => pb::SettlementPayment {
            outcome: pb::PaymentOutcome::Paid.into(),
            reference,
            paid_on: Some(date_to_proto(paid_on)),
            red_letter_invoice,
            ..told
        },
        Some(Outcome::Failed { reference, reason }) => {
            pb::SettlementPayment { outcome: pb::PaymentOutcome::Failed.into(), reference, reason, ..told }
        }
    }
}

fn step_to_proto(step: &Step) -> pb::SettlementStep {
    pb::SettlementStep {
        state: state_to_proto(step.state).into(),
        action: step.action.clone(),
        actor: step.actor.clone(),
        time: Some(timestamp_to_proto(step.time)),
        reason: step.reason.clone(),
    }
}

/// Writes an export.
#[must_use]
pub fn export_to_proto(export: &Export) -> pb::PayableExport {
    let csv = export.csv();
    let payables = export.payables.iter().map(|payable| pb::Payable {
        settlement: format!("settlements/{}", payable.settlement),
        partner: format!("partners/{}", payable.partner),
        partner_external_refs: payable.partner_external_refs.clone(),
        partner_display_name: payable.partner_display_name.clone(),
        form: form_to_proto(payable.form).into(),
        amount: Some(minor_to_proto(payable.amount)),
    });
    let left_out = export.left_out.iter().map(|left| pb::PayableLeftOut {
        settlement: format!("settlements/{}", left.settlement),
        partner: format!("partners/{}", left.partner),
        reason: left.reason.clone(),
    });
    pb::PayableExport {
        name: export.name(),
        programme: format!("programmes/{}", export.programme),
        period: export.period.clone(),
        payables: payables.collect(),
        left_out: left_out.collect(),
        totals: export.totals().into_iter().map(minor_to_proto).collect(),
        csv_sha256: sha256(&csv),
        csv,
        actor: export.actor.clone(),
        create_time: Some(timestamp_to_proto(export.create_time)),
        remaining_count: i32::try_from(export.remaining).unwrap_or(i32::MAX),
    }
}

/// Reads a confirmation; a day that is none is added to the violations.
#[must_use]
pub fn confirmation(stated: pb::PaymentConfirmation, field: &str, violations: &mut Violations) -> Confirmation {
    let paid = stated.outcome() == pb::PaymentOutcome::Paid;
    let paid_on = stated.paid_on.as_ref().map(date).transpose();
    Confirmation {
        settlement: stated.settlement.trim_start_matches("settlements/").to_owned(),
        export: stated.export.trim_start_matches("payableExports/").to_owned(),
        paid,
        reference: stated.reference,
        paid_on: violations.check(&format!("{field}.paid_on"), paid_on).flatten(),
        red_letter_invoice: stated.red_letter_invoice,
        reason: stated.reason,
    }
}
