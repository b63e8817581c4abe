//! Figures recorded by hand.

use async_trait::async_trait;
use partner_registry_domain::{
    partner::resource_name,
    text,
    tier::{Figure, FigureValue},
};
use serde::Serialize;
use tributary_core::{Date, Fault, RequestContext, ResourceId, Violations};

use crate::{
    app::{
        Registry,
        command::{Call, Command, Once, Refusal},
        record::publish,
        update::lock,
    },
    convert,
    ports::RegistryTx,
};

/// Versions that may ask for a figure: the newest so many.
const VERSIONS: u32 = 100;

/// A figure to record.
#[derive(Debug, Serialize)]
pub(crate) struct RecordFigure {
    pub partner: ResourceId,
    pub figure: String,
    pub value: FigureValue,
    pub effective_from: Date,
    pub effective_to: Option<Date>,
    pub reason: String,
}

impl Registry {
    /// Records a figure.
    pub async fn record_figure(
        &self,
        context: &RequestContext,
        command: &RecordFigure,
        request_id: &str,
    ) -> Result<Figure, Fault> {
        self.execute(context, &Once::new("TierService/RecordTierFigure", request_id, command)).await
    }

    /// Figures of a partner before an ordinal, newest first.
    pub async fn figures(
        &self,
        context: &RequestContext,
        partner: &ResourceId,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Figure>, Fault> {
        self.require(context, partner).await?;
        Ok(self.store.figures(&context.tenant, partner, before, limit).await?)
    }
}

#[async_trait]
impl Command for &RecordFigure {
    type Answer = Figure;

    async fn run(&self, call: &Call<'_>, tx: &mut dyn RegistryTx) -> Result<Figure, Refusal> {
        let uid = lock(call, tx, &self.partner).await?.partner.uid;
        let mut v = Violations::new();
        if let Some(to) = self.effective_to.filter(|to| *to <= self.effective_from) {
            let message = format!("{to} is not after effective_from {}; give a later day or none", self.effective_from);
            v.add("tier_figure.effective_to", message);
        }
        text::reason(&mut v, "tier_figure.reason", &self.reason);
        let versions = tx.programme_versions(call.tenant(), None, VERSIONS).await?;
        let mut asked = versions.iter().flat_map(|version| version.programme.requirements());
        if !asked.any(|requirement| self.value.answers(&self.figure, &requirement.test)) {
            let how = match self.value {
                FigureValue::Flag(_) => "a flag",
                FigureValue::Number(_) => "a number",
            };
            let message = format!("no version of the tier programme asks for {:?} as {how}; correct it", self.figure);
            v.add("tier_figure.figure", message);
        }
        v.into_result()?;
        let (figures, _) = tx.recorded_counts(call.tenant(), &self.partner).await?;
        let figure = Figure {
            partner: self.partner.clone(),
            ordinal: figures.saturating_add(1),
            figure: self.figure.clone(),
            value: self.value,
            effective_from: self.effective_from,
            effective_to: self.effective_to,
            reason: self.reason.clone(),
            actor: call.context.subject.clone(),
            record_time: call.now,
        };
        tx.add_figure(call.tenant(), &figure).await?;
        let data = convert::figure_recorded(&figure, uid);
        publish(call, tx, "tributary.partner.v1.TierFigureRecorded", resource_name(&self.partner), data).await?;
        Ok(figure)
    }
}
