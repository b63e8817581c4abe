//! The status verbs.

use async_trait::async_trait;
use partner_registry_domain::{Action, StatusVerb, text};
use serde::Serialize;
use tributary_core::{Fault, RequestContext, ResourceId, Violations};

use super::{
    Registry,
    command::{Call, Command, Once, Refusal},
    record::{record, revision},
    update::lock,
};
use crate::ports::{PartnerView, PartnerWrite, RegistryTx};

/// A status verb for a partner.
#[derive(Debug, Serialize)]
pub(crate) struct ChangeStatus {
    pub id: ResourceId,
    pub verb: StatusVerb,
    pub reason: String,
    /// Etag that must agree, empty for any.
    pub etag: String,
}

impl Registry {
    /// Applies the verb.
    pub async fn change_status(
        &self,
        context: &RequestContext,
        command: &ChangeStatus,
        request_id: &str,
    ) -> Result<PartnerView, Fault> {
        let method = format!("PartnerService/{}", command.verb.method());
        self.execute(context, &Once::new(&method, request_id, command)).await
    }
}

#[async_trait]
impl Command for &ChangeStatus {
    type Answer = PartnerView;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn RegistryTx) -> Result<PartnerView, Refusal> {
        let mut v = Violations::new();
        text::reason(&mut v, "reason", &self.reason);
        v.into_result()?;
        let view = lock(call, tx, &self.id).await?;
        view.partner.check_etag(&self.etag)?;
        let after = view.partner.change_status(self.verb, call.now)?;

        let before = view.partner;
        let status = Some(before.standing.status());
        let changed = revision(call, after.clone(), &view.tier, Action::Status(self.verb), &self.reason, status);
        let write = PartnerWrite { before: Some(before), after: after.clone() };
        record(call, tx, &[write], vec![changed]).await?;
        Ok(PartnerView { partner: after, ..view })
    }
}
