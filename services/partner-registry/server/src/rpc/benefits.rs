//! BenefitService.

use std::sync::Arc;

use tonic::{Request, Response, Status};
use tributary_core::Fault;
use tributary_proto::tributary::partner::v1::{self as pb, benefit_service_server::BenefitService};
use tributary_rpc::{Edge, page::PageRequest};

use super::{
    checks::number,
    tier_requests::{day, factor, partner, usage},
};
use crate::{app::Registry, convert, ports::Allowance};

/// The handlers of `BenefitService`.
pub(crate) struct Benefits {
    pub edge: Edge,
    pub app: Arc<Registry>,
}

#[tonic::async_trait]
impl BenefitService for Benefits {
    async fn check_entitlement(
        &self,
        request: Request<pb::CheckEntitlementRequest>,
    ) -> Result<Response<pb::Entitlement>, Status> {
        self.edge
            .read(request, |context, query| async move {
                let (partner, day) = (partner(&query.partner)?, day(query.date.as_ref(), "date")?);
                let found = self.app.entitlements(&context, &partner, Some(&query.benefit), day).await?;
                let found = found.first().ok_or_else(|| Fault::internal("one benefit has one entitlement"))?;
                Ok(convert::entitlement_to_proto(&context, found))
            })
            .await
    }

    async fn list_entitlements(
        &self,
        request: Request<pb::ListEntitlementsRequest>,
    ) -> Result<Response<pb::ListEntitlementsResponse>, Status> {
        self.edge
            .read(request, |context, query| async move {
                let (partner, day) = (partner(&query.partner)?, day(query.date.as_ref(), "date")?);
                let found = self.app.entitlements(&context, &partner, None, day).await?;
                let entitlements = found.iter().map(|one| convert::entitlement_to_proto(&context, one)).collect();
                Ok(pb::ListEntitlementsResponse { entitlements })
            })
            .await
    }

    async fn agree_price_factor(
        &self,
        request: Request<pb::AgreePriceFactorRequest>,
    ) -> Result<Response<pb::PriceAgreement>, Status> {
        let app = self.app.clone();
        self.edge
            .write(request, |context, query| async move {
                let request_id = query.request_id.clone();
                let made = app.agree_factor(&context, &factor(query)?, &request_id).await?;
                Ok(convert::agreement_to_proto(&made))
            })
            .await
    }

    async fn record_benefit_usage(
        &self,
        request: Request<pb::RecordBenefitUsageRequest>,
    ) -> Result<Response<pb::BenefitUsage>, Status> {
        let app = self.app.clone();
        self.edge
            .write(request, |context, query| async move {
                let request_id = query.request_id.clone();
                let made = app.use_allowance(&context, &usage(query)?, &request_id).await?;
                Ok(convert::usage_to_proto(&made))
            })
            .await
    }

    async fn list_benefit_usages(
        &self,
        request: Request<pb::ListBenefitUsagesRequest>,
    ) -> Result<Response<pb::ListBenefitUsagesResponse>, Status> {
        self.edge
            .read(request, |context, query| async move {
                let year = query.year.to_string();
                let key = ["ListBenefitUsages", &query.partner, &query.benefit, &year];
                let page = PageRequest::read(&key, query.page_size, &query.page_token)?;
                let before = number(page.cursor.as_deref())?;
                let allowance =
                    Allowance { partner: partner(&query.partner)?, benefit: query.benefit.clone(), year: query.year };
                let mut found = self.app.usages(&context, &allowance, before, page.limit()).await?;
                let next_page_token = page.cut(&mut found, &key, |usage| usage.number.to_string());
                let benefit_usages = found.iter().map(convert::usage_to_proto).collect();
                Ok(pb::ListBenefitUsagesResponse { benefit_usages, next_page_token })
            })
            .await
    }
}
