//! The policy of a tenant.

use async_trait::async_trait;
use partner_registry_domain::{
    DealPolicy,
    deal::{DealRules, POLICY_NAME, mask_violations},
    text,
};
use serde::Serialize;
use tributary_core::{Fault, RequestContext, Violations};

use crate::{
    app::{
        Registry,
        command::{Call, Command, Once, Refusal},
        record::publish,
    },
    convert,
    ports::RegistryTx,
};

/// Other rules.
#[derive(Debug, Serialize)]
pub(crate) struct ChangePolicy {
    /// The new values.
    pub rules: DealRules,
    /// Fields to change; empty: those that are set.
    pub paths: Vec<String>,
    pub reason: String,
    /// Etag that must agree, empty for any.
    pub etag: String,
}

impl ChangePolicy {
    /// What is wrong with it, as fields of the request. What is in force is right, as the defaults are: what these become
    /// tells of the values that are given.
    pub fn violations(&self) -> Violations {
        let mut v = mask_violations(&self.paths);
        v.nest("deal_policy", DealRules::default().merged(&self.rules, &self.paths).violations());
        text::reason(&mut v, "reason", &self.reason);
        v
    }
}

impl Registry {
    /// The policy in force.
    pub async fn deal_policy(&self, context: &RequestContext) -> Result<DealPolicy, Fault> {
        Ok(self.store.deal_source().deal_policy(&context.tenant).await?)
    }

    /// Changes the policy. When nothing differs, there is no new revision.
    pub async fn change_deal_policy(
        &self,
        context: &RequestContext,
        command: &ChangePolicy,
        request_id: &str,
    ) -> Result<DealPolicy, Fault> {
        self.execute(context, &Once::new("DealService/UpdateDealPolicy", request_id, command)).await
    }
}

#[async_trait]
impl Command for &ChangePolicy {
    type Answer = DealPolicy;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn RegistryTx) -> Result<DealPolicy, Refusal> {
        self.violations().into_result()?;
        let before = tx.deal_policy(call.tenant()).await?;
        before.check_etag(&self.etag)?;
        let rules = before.rules.merged(&self.rules, &self.paths);
        let actor = call.context.subject.clone();
        let Some(after) = before.change(rules, actor, self.reason.clone(), call.now) else {
            return Ok(before);
        };
        // Of two changes at once one finds the number taken and starts anew, with its etag.
        tx.add_deal_policy(call.tenant(), &after).await?;
        let data = convert::deal_policy_changed(&after);
        publish(call, tx, "tributary.partner.v1.DealPolicyChanged", POLICY_NAME.to_owned(), data).await?;
        Ok(after)
    }
}
