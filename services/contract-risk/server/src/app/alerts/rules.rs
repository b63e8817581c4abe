//! Versions of rules: write, put in force, take out of force, read.

use contract_risk_domain::{
    alert::{RuleSpec, RuleVersion, version_name},
    reasons,
};
use tributary_core::{Fault, RequestContext, ResourceId, TenantId};
use tributary_sql::{RequestKey, answer, recall_answer};

use super::Alerts;
use crate::ports::{AlertTx, OwnRules, RuleQuery};

/// A version to write.
#[derive(Debug, Clone)]
pub struct CreateRuleVersion {
    /// The rule.
    pub rule: ResourceId,
    /// What it says, checked.
    pub spec: RuleSpec,
    /// Remembers the answer, `None` when the caller gave no `request_id`.
    pub key: Option<RequestKey>,
}

impl Alerts {
    /// Writes the next version of a rule as a draft.
    ///
    /// # Errors
    /// `REQUEST_ID_REUSED`.
    pub async fn create_rule_version(
        &self,
        caller: &RequestContext,
        new: CreateRuleVersion,
    ) -> Result<RuleVersion, Fault> {
        let (tenant, now) = (&caller.tenant, self.clock.now());
        let mut tx = self.store.begin_alerts().await?;
        if let Some(key) = &new.key
            && let Some(first) = recall_answer(tx.recall(key, now).await?)?
        {
            return Ok(first);
        }
        // What ships has number 1.
        let first = if self.standard.get(&new.rule).is_some() { 2 } else { 1 };
        let number = tx.next_rule_version(tenant, &new.rule, first).await?;
        let version = RuleVersion::draft(new.rule, number, new.spec, &caller.subject, now);
        tx.put_rule_version(tenant, &version).await?;
        finish(tx, new.key.as_ref(), &version).await?;
        Ok(version)
    }

    /// Puts a version in force and retires the one before. What stands is judged by it at the next evaluation, which
    /// follows at once.
    ///
    /// # Errors
    /// `ALERT_RULE_NOT_FOUND`, `ALERT_RULE_TRANSITION_REFUSED`, `MAKER_IS_CHECKER`, `REQUEST_ID_REUSED`.
    pub async fn activate_rule_version(
        &self,
        caller: &RequestContext,
        rule: &ResourceId,
        version: i64,
        key: Option<RequestKey>,
    ) -> Result<RuleVersion, Fault> {
        let (tenant, now) = (&caller.tenant, self.clock.now());
        let mut tx = self.store.begin_alerts().await?;
        if let Some(key) = &key
            && let Some(first) = recall_answer(tx.recall(key, now).await?)?
        {
            return Ok(first);
        }
        let (known, own) = self.locked(tx.as_mut(), tenant, rule, version).await?;
        let next = known.activate(&caller.subject, now)?;
        if let Some(before) = self.standard.in_force(&own).into_iter().find(|before| before.rule == *rule) {
            tx.put_rule_version(tenant, &before.retire(now)?).await?;
        }
        tx.put_rule_version(tenant, &next).await?;
        tx.mark_all(tenant, self.ids.uuid()).await?;
        finish(tx, key.as_ref(), &next).await?;
        self.due.notify_one();
        Ok(next)
    }

    /// Takes a version out of force; its standing alerts are resolved when this returns.
    ///
    /// # Errors
    /// `ALERT_RULE_NOT_FOUND`, `ALERT_RULE_TRANSITION_REFUSED`, `REQUEST_ID_REUSED`.
    pub async fn retire_rule_version(
        &self,
        caller: &RequestContext,
        rule: &ResourceId,
        version: i64,
        key: Option<RequestKey>,
    ) -> Result<RuleVersion, Fault> {
        let (tenant, now) = (&caller.tenant, self.clock.now());
        let mut tx = self.store.begin_alerts().await?;
        if let Some(key) = &key
            && let Some(first) = recall_answer(tx.recall(key, now).await?)?
        {
            return Ok(first);
        }
        let (known, _) = self.locked(tx.as_mut(), tenant, rule, version).await?;
        let next = known.retire(now)?;
        tx.put_rule_version(tenant, &next).await?;
        tx.mark_all(tenant, self.ids.uuid()).await?;
        finish(tx, key.as_ref(), &next).await?;
        self.due.notify_one();
        self.close_alerts_of(tenant, rule).await;
        Ok(next)
    }

    /// Evaluates the partners with standing alerts of a rule at once. Whatever fails is marked and comes by itself.
    async fn close_alerts_of(&self, tenant: &TenantId, rule: &ResourceId) {
        let closed = async {
            for partner in self.store.partners_with_alerts(tenant, rule).await? {
                self.evaluate_partner(tenant, &partner).await?;
            }
            Ok::<_, Fault>(())
        };
        if let Err(fault) = closed.await {
            tracing::warn!(%tenant, %rule, %fault, "alerts of a retired rule are left to the next evaluation");
        }
        (self.wake)();
    }

    /// A version under the lock of its rule, and what the tenant has of rules by now.
    async fn locked(
        &self,
        tx: &mut dyn AlertTx,
        tenant: &TenantId,
        rule: &ResourceId,
        version: i64,
    ) -> Result<(RuleVersion, OwnRules), Fault> {
        if self.standard.get(rule).is_none() && tx.rule_version_now(tenant, rule, version).await?.is_none() {
            return Err(not_found(rule, version));
        }
        tx.lock_rule(tenant, rule).await?;
        let own = tx.own_rules_now(tenant).await?;
        let kept = tx.rule_version_now(tenant, rule, version).await?;
        let known = kept.or_else(|| self.shipped(&own, rule, version)).ok_or_else(|| not_found(rule, version))?;
        Ok((known, own))
    }

    /// The version that ships, as long as the tenant has not replaced it.
    fn shipped(&self, own: &OwnRules, rule: &ResourceId, version: i64) -> Option<RuleVersion> {
        self.standard.standing(own).find(|v| v.rule == *rule && v.version == version).cloned()
    }

    /// One version.
    ///
    /// # Errors
    /// `ALERT_RULE_NOT_FOUND`.
    pub async fn rule_version(
        &self,
        caller: &RequestContext,
        rule: &ResourceId,
        version: i64,
    ) -> Result<RuleVersion, Fault> {
        if let Some(kept) = self.store.rule_version(&caller.tenant, rule, version).await? {
            return Ok(kept);
        }
        let own = self.store.own_rules(&caller.tenant).await?;
        self.shipped(&own, rule, version).ok_or_else(|| not_found(rule, version))
    }

    /// A page of versions: by rule, newest first. What ships is among them.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn rule_versions(&self, caller: &RequestContext, query: &RuleQuery) -> Result<Vec<RuleVersion>, Fault> {
        let own = self.store.own_rules(&caller.tenant).await?;
        let mut page = self.store.rule_versions(&caller.tenant, query).await?;
        let wanted = |v: &&RuleVersion| {
            let of_rule = query.rule.as_ref().is_none_or(|rule| *rule == v.rule);
            // In the order of the list a higher version of the same rule comes before.
            let after = query.after.as_ref();
            of_rule && after.is_none_or(|(rule, version)| (&v.rule, *version) > (rule, v.version))
        };
        page.extend(self.standard.standing(&own).filter(wanted).cloned());
        page.sort_by(|a, b| (&a.rule, b.version).cmp(&(&b.rule, a.version)));
        page.truncate(usize::try_from(query.limit).unwrap_or(usize::MAX));
        Ok(page)
    }
}

/// Remembers the answer and commits.
async fn finish(mut tx: Box<dyn AlertTx>, key: Option<&RequestKey>, version: &RuleVersion) -> Result<(), Fault> {
    if let Some(key) = key {
        tx.remember(key, &answer(version)?).await?;
    }
    Ok(tx.commit().await?)
}

fn not_found(rule: &ResourceId, version: i64) -> Fault {
    let name = version_name(rule, version);
    Fault::new(reasons::ALERT_RULE_NOT_FOUND, format!("there is no {name}; list the versions of the rule"))
        .with("alert_rule_version", name)
}
