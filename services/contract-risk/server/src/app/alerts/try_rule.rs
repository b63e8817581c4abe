//! What-if: what a version of a rule would raise now. Nothing is kept.

use contract_risk_domain::alert::{Alert, Step, evaluate};
use tributary_core::{Fault, RequestContext, ResourceId};

use super::Alerts;

/// Most alerts of an answer.
const MOST: usize = 1_000;

/// What a version would raise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// The alerts, by partner; at most 1,000. Their ids mean nothing.
    pub alerts: Vec<Alert>,
    /// How many it would raise.
    pub count: i64,
}

impl Alerts {
    /// Tries a version, in force or not, on every partner, as if nothing had been raised before.
    ///
    /// # Errors
    /// `ALERT_RULE_NOT_FOUND`.
    pub async fn try_rule_version(
        &self,
        caller: &RequestContext,
        rule: &ResourceId,
        version: i64,
    ) -> Result<Tried, Fault> {
        let rules = [self.rule_version(caller, rule, version).await?];
        let now = self.clock.now();
        let today = self.zone.day_of(now);
        let mut tried = Tried { alerts: Vec::new(), count: 0 };
        for partner in self.known_partners(&caller.tenant).await? {
            let view = self.view(&caller.tenant, &partner, &rules, today).await?;
            for step in evaluate(&rules, &view, &[], today, now) {
                let Step::Raise(new) = step else { continue };
                tried.count = tried.count.saturating_add(1);
                if tried.alerts.len() < MOST {
                    tried.alerts.push(new.with_id(rule.clone(), String::new(), now));
                }
            }
        }
        Ok(tried)
    }
}
