//! What is done to a deal once it is registered: the state machine, and who may move it when.

use serde::{Deserialize, Serialize};
use tributary_core::{Date, Fault, MinorAmount, ResourceId, Timestamp, Violations};

use super::{Conversion, Deal, DealChange, DealDecision, DealRules, DealState, DealVerb, draft::positive};
use crate::{
    PartnerStatus,
    faults::{DEAL_EXTENSION_REFUSED, DEAL_STATE_REFUSED, MAKER_IS_CHECKER, PARTNER_NOT_TRADING},
    partner::resource_name,
    text,
};

/// A verb with what it needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Move {
    /// Approve it.
    Approve {
        /// What the decision rests on; may be empty.
        note: String,
    },
    /// Reject it.
    Reject {
        /// Why.
        reason: String,
    },
    /// Withdraw it.
    Withdraw {
        /// Why.
        reason: String,
    },
    /// Extend the protection.
    Extend {
        /// First day no longer protected.
        protection_end: Date,
        /// Why.
        reason: String,
    },
    /// It was won.
    Convert(Conversion),
    /// It was lost.
    Lose {
        /// Why.
        reason: String,
    },
}

/// What a move rests on.
#[derive(Debug, Clone)]
pub struct Ground<'a> {
    /// Who moves it.
    pub actor: &'a str,
    /// Where the partner stands.
    pub status: PartnerStatus,
    /// The rules in force.
    pub rules: &'a DealRules,
    /// Today in the programme's zone.
    pub today: Date,
    /// Now.
    pub now: Timestamp,
}

impl Move {
    /// The verb.
    #[must_use]
    pub fn verb(&self) -> DealVerb {
        match self {
            Self::Approve { .. } => DealVerb::Approve,
            Self::Reject { .. } => DealVerb::Reject,
            Self::Withdraw { .. } => DealVerb::Withdraw,
            Self::Extend { .. } => DealVerb::Extend,
            Self::Convert(_) => DealVerb::Convert,
            Self::Lose { .. } => DealVerb::Lose,
        }
    }

    /// Note or reason; empty where none was given.
    #[must_use]
    pub fn reason(&self) -> &str {
        match self {
            Self::Approve { note: reason }
            | Self::Reject { reason }
            | Self::Withdraw { reason }
            | Self::Extend { reason, .. }
            | Self::Lose { reason } => reason,
            Self::Convert(_) => "",
        }
    }

    /// What is wrong with it whatever the deal is.
    #[must_use]
    pub fn violations(&self) -> Violations {
        let mut v = Violations::new();
        match self {
            Self::Approve { note } => text::note(&mut v, "note", note),
            Self::Convert(conversion) => {
                order_violations(&mut v, &conversion.order_reference, Some(conversion.amount));
            }
            Self::Reject { reason }
            | Self::Withdraw { reason }
            | Self::Extend { reason, .. }
            | Self::Lose { reason } => text::reason(&mut v, "reason", reason),
        }
        v
    }
}

/// Checks what is known of an order whatever the deal is.
pub fn order_violations(v: &mut Violations, order_reference: &str, amount: Option<MinorAmount>) {
    text::required_line(v, "conversion.order_reference", order_reference, 100);
    if let Some(amount) = amount {
        positive(v, "conversion.amount", amount);
    }
}

/// Refuses a partner that is not trading: frozen, leaving, gone, or not there yet.
///
/// # Errors
/// `PARTNER_NOT_TRADING`.
pub fn require_trading(partner: &ResourceId, status: PartnerStatus) -> Result<(), Fault> {
    if matches!(status, PartnerStatus::Active | PartnerStatus::Probation) {
        return Ok(());
    }
    let name = resource_name(partner);
    let message = format!("{name} is {status}; leads are protected for partners that are ACTIVE or on PROBATION");
    Err(Fault::new(PARTNER_NOT_TRADING, message).with("partner", name).with("status", status.as_str()))
}

impl Deal {
    /// The deal after a move. The caller has brought it to today by [`Deal::on`].
    ///
    /// # Errors
    /// `DEAL_STATE_REFUSED`, `MAKER_IS_CHECKER`, `PARTNER_NOT_TRADING`, `DEAL_EXTENSION_REFUSED`, or a day that does not
    /// fit.
    pub fn apply(&self, what: &Move, ground: &Ground<'_>) -> Result<DealChange, Fault> {
        self.require_possible(what.verb())?;
        let after = |state| self.to(state, ground.now);
        let deal = match what {
            Move::Approve { note } => {
                self.require_other(ground.actor)?;
                require_trading(&self.name.partner, ground.status)?;
                let days = i64::from(ground.rules.protection_days);
                let protection_end = Some(ground.today.plus_days(days));
                Self { protection_end, decision: Some(ground.decision(note)), ..after(DealState::Approved) }
            }
            Move::Reject { reason } => {
                self.require_other(ground.actor)?;
                Self { decision: Some(ground.decision(reason)), ..after(DealState::Rejected) }
            }
            Move::Withdraw { reason } => Self { closing_reason: reason.clone(), ..after(DealState::Withdrawn) },
            Move::Extend { protection_end, .. } => {
                require_trading(&self.name.partner, ground.status)?;
                self.require_extendable(*protection_end, ground.rules)?;
                let extension_count = self.extension_count.saturating_add(1);
                let protection_end = Some(*protection_end);
                Self { protection_end, extension_count, ..after(DealState::Approved) }
            }
            Move::Convert(conversion) => {
                self.require_within(conversion.order_date, ground.today)?;
                Self { conversion: Some(conversion.clone()), ..after(DealState::Converted) }
            }
            Move::Lose { reason } => Self { closing_reason: reason.clone(), ..after(DealState::Lost) },
        };
        Ok(DealChange { deal, action: what.verb().action(), before: Some((self.state, self.protection_end)) })
    }

    fn require_possible(&self, verb: DealVerb) -> Result<(), Fault> {
        let (name, state) = (self.name.to_string(), self.state);
        if state.possible().contains(&verb) {
            return Ok(());
        }
        let possible = state.possible().iter().map(|v| v.method()).collect::<Vec<_>>().join(", ");
        let remedy = match possible.as_str() {
            "" => "nothing is possible from it, register another deal".to_owned(),
            some => format!("possible from it: {some}"),
        };
        let verb = verb.method();
        let message = format!("{verb} is not possible for {name} in state {state}; {remedy}");
        Err(Fault::new(DEAL_STATE_REFUSED, message)
            .with("deal", name)
            .with("state", state.as_str())
            .with("verb", verb)
            .with("possible", possible))
    }

    fn require_other(&self, actor: &str) -> Result<(), Fault> {
        if actor != self.registrant {
            return Ok(());
        }
        let name = self.name.to_string();
        let message = format!("{name} was registered by {actor}, who cannot decide on it; another subject must");
        Err(Fault::new(MAKER_IS_CHECKER, message).with("deal", name).with("registrant", actor))
    }

    fn require_extendable(&self, to: Date, rules: &DealRules) -> Result<(), Fault> {
        let name = self.name.to_string();
        let end = self.protection_end.unwrap_or(to);
        if to <= end {
            let message = format!("{to} is not after the end that is set, {end}; give a later day");
            return Err(Fault::invalid_field("protection_end", message));
        }
        let latest = end.plus_days(i64::from(rules.extension_days));
        let (count, most) = (self.extension_count, rules.max_extensions);
        let (why, latest) = if count >= most {
            let why = "register the lead anew after";
            (format!("it was extended {count} times, and the policy allows {most}; {why} {end}"), end)
        } else if to > latest {
            (format!("the policy allows {} days at a time; extend to {latest} at most", rules.extension_days), latest)
        } else {
            return Ok(());
        };
        Err(Fault::new(DEAL_EXTENSION_REFUSED, format!("{name} cannot be protected until {to}: {why}"))
            .with("deal", name)
            .with("extension_count", count.to_string())
            .with("max_extensions", most.to_string())
            .with("latest", latest.to_string()))
    }

    /// Refuses an order of a day on which the deal protected nothing.
    fn require_within(&self, day: Date, today: Date) -> Result<(), Fault> {
        let first = self.registered_on;
        let why = match self.protection_end.filter(|end| day >= *end) {
            _ if day < first => format!("{day} is before the registration on {first}"),
            _ if day > today => format!("{day} is after today, {today}"),
            Some(end) => format!("{day} is not within the protection, which ended on {end}"),
            None => return Ok(()),
        };
        Err(Fault::invalid_field("conversion.order_date", format!("{why}; give the day of the order")))
    }
}

impl Ground<'_> {
    fn decision(&self, note: &str) -> DealDecision {
        DealDecision { reviewer: self.actor.to_owned(), time: self.now, note: note.to_owned() }
    }
}
