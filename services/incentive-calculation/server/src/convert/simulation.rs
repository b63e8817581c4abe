//! Reads requests for simulations, writes what came of them.

use incentive_calculation_domain::simulation::Scenario;
use tributary_core::{Decimal, MinorAmount, Violations};
use tributary_proto::tributary::incentive::v1 as pb;
use tributary_rpc::convert::{decimal, decimal_to_proto, minor_to_proto, timestamp_to_proto};

use super::simulation_chart::chart;
use crate::ports::simulations::{Budget, CurrencyOutcome, NamedChange, Simulation};

/// Decimals of a factor.
const SCALE: u32 = 6;

/// Reads factors; what is unset is 1.
pub fn scenario(factors: Option<&pb::ScenarioFactors>, v: &mut Violations) -> Scenario {
    let mut one = |field: &str, value: Option<&tributary_proto::google::r#type::Decimal>| {
        let path = format!("factors.{field}");
        let Some(given) = value else { return Decimal::ONE };
        let Some(read) = v.check(&path, decimal(given, SCALE)) else { return Decimal::ONE };
        if read < Decimal::ZERO || read > Decimal::TEN {
            v.add(path, format!("{read} is not from 0 to 10; \"0.9\" is 10 % less"));
        }
        read
    };
    let none = pb::ScenarioFactors::default();
    let factors = factors.unwrap_or(&none);
    Scenario {
        price: one("price", factors.price.as_ref()),
        cost: one("cost", factors.cost.as_ref()),
        volume: one("volume", factors.volume.as_ref()),
    }
}

/// Writes a simulation.
#[must_use]
pub fn simulation_to_proto(simulation: &Simulation) -> pb::Simulation {
    let factors = &simulation.scenario;
    pb::Simulation {
        name: format!("simulations/{}", simulation.id),
        programme: format!("programmes/{}", simulation.programme),
        slot: simulation.slot.clone(),
        plan_version: simulation.plan_version.clone(),
        periods: simulation.periods.clone(),
        factors: Some(pb::ScenarioFactors {
            price: Some(decimal_to_proto(factors.price)),
            cost: Some(decimal_to_proto(factors.cost)),
            volume: Some(decimal_to_proto(factors.volume)),
        }),
        totals: simulation.totals.iter().map(totals).collect(),
        by_period: simulation
            .by_period
            .iter()
            .map(|(period, before, after)| pb::SimulatedPeriod {
                period: period.clone(),
                before: Some(minor_to_proto(*before)),
                after: Some(minor_to_proto(*after)),
            })
            .collect(),
        budgets: simulation.budgets.iter().map(budget).collect(),
        sentences: simulation.sentences.clone(),
        chart_svg: chart(simulation),
        snapshot_batch: simulation.snapshot_batch,
        actor: simulation.actor.clone(),
        create_time: Some(timestamp_to_proto(simulation.create_time)),
    }
}

fn totals(outcome: &CurrencyOutcome) -> pb::SimulatedTotals {
    let sums = &outcome.totals;
    let amount = |value: i64| Some(minor_to_proto(MinorAmount { currency: sums.currency, value }));
    pb::SimulatedTotals {
        before: amount(sums.before),
        after: amount(sums.after),
        difference: amount(sums.after.saturating_sub(sums.before)),
        winners: sums.winners,
        losers: sums.losers,
        unchanged: sums.unchanged,
        bands: outcome
            .bands
            .iter()
            .map(|(band, payees)| pb::SimulatedBand { title: band.words().to_owned(), payees: *payees })
            .collect(),
        margin_before: amount(outcome.margin_before),
        margin_after: amount(outcome.margin_after),
        kept_before: amount(outcome.margin_before.saturating_sub(sums.before)),
        kept_after: amount(outcome.margin_after.saturating_sub(sums.after)),
    }
}

fn budget(budget: &Budget) -> pb::SimulatedBudget {
    let amount = |value: i64| minor_to_proto(MinorAmount { currency: budget.amount.currency, value });
    pb::SimulatedBudget {
        cap: budget.cap.clone(),
        period: budget.period.clone(),
        amount: Some(minor_to_proto(budget.amount)),
        before: budget.before.map(amount),
        after: budget.after.map(amount),
    }
}

/// Writes a change.
#[must_use]
pub fn change_to_proto(named: &NamedChange) -> pb::SimulatedChange {
    let change = &named.change;
    let amount = |value: i64| Some(minor_to_proto(MinorAmount { currency: change.currency, value }));
    pb::SimulatedChange {
        partner: named.partner.clone(),
        partner_display_name: named.display_name.clone(),
        before: amount(change.before),
        after: amount(change.after),
        difference: amount(change.difference()),
    }
}
