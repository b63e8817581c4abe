//! `FundService`.

use incentive_calculation_domain::fund::Kind;
use tonic::{Request, Response, Status};
use tributary_core::{Currency, Date, Fault, ResourceId, Violations};
use tributary_proto::{
    google::r#type::Date as DateMessage,
    tributary::incentive::v1::{
        self as pb, ChangeFundRequest, CreateFundRequest, FundUsage, GetFundRequest, GetFundUsageRequest,
        ListFundsRequest, ListFundsResponse, fund_service_server::FundService,
    },
};
use tributary_rpc::{convert::date, page};

use super::{Rpc, request_key};
use crate::{
    app::funds::{FundChange, NewFund},
    convert::fund::{budgets, fund_to_proto, kind, share, terms, usage_to_proto},
    ports::funds::FundQuery,
};

type Answer = Result<Response<pb::Fund>, Status>;

#[tonic::async_trait]
impl FundService for Rpc {
    async fn create_fund(&self, request: Request<CreateFundRequest>) -> Answer {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: CreateFundRequest| async move {
                let key = request_key(&caller, "CreateFund", &query.request_id, &query);
                let new = new_fund(&query)?;
                Ok(fund_to_proto(&app.create_fund(&caller, new, key, query.validate_only).await?))
            })
            .await
    }

    async fn get_fund(&self, request: Request<GetFundRequest>) -> Answer {
        self.edge
            .read(request, |caller, query| async move {
                Ok(fund_to_proto(&self.app.fund(&caller, id_of(&query.name)).await?))
            })
            .await
    }

    async fn list_funds(&self, request: Request<ListFundsRequest>) -> Result<Response<ListFundsResponse>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                let of = query.kind.to_string();
                let parts = ["ListFunds", &of];
                let page = page::PageRequest::read(&parts, query.page_size, &query.page_token)?;
                let wanted = FundQuery {
                    kind: kind(query.kind()),
                    after: page.cursor.clone().unwrap_or_default(),
                    limit: page.limit(),
                };
                let mut list = self.app.funds(&caller, &wanted).await?;
                let next_page_token = page.cut(&mut list, &parts, |fund| fund.id.clone());
                Ok(ListFundsResponse { funds: list.iter().map(fund_to_proto).collect(), next_page_token })
            })
            .await
    }

    async fn change_fund(&self, request: Request<ChangeFundRequest>) -> Answer {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: ChangeFundRequest| async move {
                let key = request_key(&caller, "ChangeFund", &query.request_id, &query);
                let currency = app.fund(&caller, id_of(&query.name)).await?.currency;
                let change = changed(currency, query)?;
                Ok(fund_to_proto(&app.change_fund(&caller, change, key).await?))
            })
            .await
    }

    async fn get_fund_usage(&self, request: Request<GetFundUsageRequest>) -> Result<Response<FundUsage>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                let (fund, usage, day) = self.app.fund_usage(&caller, id_of(&query.name)).await?;
                Ok(usage_to_proto(&fund, &usage, day))
            })
            .await
    }
}

fn id_of(name: &str) -> &str {
    name.trim_start_matches("funds/")
}

/// Reads a day.
pub(super) fn day(field: &str, stated: Option<&DateMessage>, violations: &mut Violations) -> Option<Date> {
    let stated = stated.ok_or_else(|| "is missing; state a day".to_owned());
    violations.check(field, stated.and_then(date))
}

fn new_fund(query: &CreateFundRequest) -> Result<NewFund, Fault> {
    let stated = query.fund.clone().unwrap_or_default();
    let mut violations = Violations::new();
    let id = violations.check("fund_id", ResourceId::parse(&query.fund_id));
    let mut own = Violations::new();
    let of: Option<Kind> = own.check("kind", kind(stated.kind()).ok_or("is not set; say what the fund pays for"));
    let days = [("first_day", &stated.first_day), ("end_day", &stated.end_day)];
    let [first_day, end_day] = days.map(|(field, stated)| day(field, stated.as_ref(), &mut own));
    let currency = own.check("currency_code", Currency::parse(&stated.currency_code));
    // What follows is in the currency; where that is unknown, only the currency is told.
    let amounts = currency.map(|currency| {
        let terms = terms(currency, &stated.terms.unwrap_or_default(), &mut own);
        (currency, budgets(currency, &stated.budgets, &mut own), terms)
    });
    let held_back = share("held_back", stated.held_back.as_ref(), &mut own);
    violations.nest("fund", own);
    violations.into_result()?;
    match (id, of, first_day, end_day, amounts) {
        (Some(id), Some(kind), Some(first_day), Some(end_day), Some((currency, budgets, terms))) => Ok(NewFund {
            id,
            display_name: stated.display_name,
            kind,
            currency,
            first_day,
            end_day,
            owner: stated.owner,
            budgets,
            held_back,
            terms,
            reason: query.reason.clone(),
        }),
        _ => Err(Fault::internal("a fund without violations cannot be read")),
    }
}

fn changed(currency: Currency, query: ChangeFundRequest) -> Result<FundChange, Fault> {
    let mut violations = Violations::new();
    let stated = |text: String| Some(text).filter(|text| !text.is_empty());
    let change = FundChange {
        id: id_of(&query.name).to_owned(),
        etag: query.etag,
        budgets: Some(budgets(currency, &query.budgets, &mut violations)).filter(|budgets| !budgets.is_empty()),
        held_back: query.held_back.as_ref().map(|held_back| share("held_back", Some(held_back), &mut violations)),
        terms: query.terms.as_ref().map(|stated| terms(currency, stated, &mut violations)),
        display_name: stated(query.display_name),
        owner: stated(query.owner),
        reason: query.reason,
        validate_only: query.validate_only,
    };
    violations.into_result()?;
    Ok(change)
}
