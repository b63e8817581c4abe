//! `LedgerService`.

use std::collections::BTreeSet;

use incentive_calculation_domain::ledger::{Account, AccountKey, Transaction, TransactionId};
use tonic::{Request, Response, Status};
use tributary_core::{Fault, RequestContext, ResourceId};
use tributary_proto::{
    google::longrunning::Operation,
    tributary::incentive::v1::{
        self as pb, BatchCreateTransactionsRequest, BatchCreateTransactionsResponse, CloseLedgerAccountRequest,
        CreateCommodityRequest, CreateTransactionRequest, GetLedgerAccountRequest, GetTransactionRequest,
        ListAccountMovementsRequest, ListAccountMovementsResponse, ListCommoditiesRequest, ListCommoditiesResponse,
        ListJournalEntriesRequest, ListJournalEntriesResponse, ListLedgerAccountsRequest, ListLedgerAccountsResponse,
        ListTransactionsRequest, ListTransactionsResponse, PostTransactionRequest, ReopenLedgerAccountRequest,
        ReverseTransactionRequest, SetAccountFloorRequest, VerifyLedgerRequest, VoidTransactionRequest,
        ledger_service_server::LedgerService,
    },
};
use tributary_rpc::{operations, page};

use super::{Rpc, request_key};
use crate::{
    AREA,
    app::{
        App,
        ledger::{AccountChange, NewCommodity},
    },
    convert::ledger::{
        account_to_proto, commodity_to_proto, entry_to_proto, movement_to_proto, purpose, state, transaction_draft,
        transaction_to_proto,
    },
    ports::ledger::{AccountQuery, TransactionQuery},
};

#[tonic::async_trait]
impl LedgerService for Rpc {
    async fn create_commodity(
        &self,
        request: Request<CreateCommodityRequest>,
    ) -> Result<Response<pb::Commodity>, Status> {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: CreateCommodityRequest| async move {
                let key = request_key(&caller, "CreateCommodity", &query.request_id, &query);
                let code = ResourceId::parse(&query.commodity_id);
                let code = code.map_err(|e| Fault::invalid_field("commodity_id", e))?;
                let stated = query.commodity.unwrap_or_default();
                let scale = u32::try_from(stated.scale).unwrap_or_default();
                let new = NewCommodity { code, display_name: stated.display_name, scale };
                Ok(commodity_to_proto(&app.create_commodity(&caller, new, key).await?))
            })
            .await
    }

    async fn list_commodities(
        &self,
        request: Request<ListCommoditiesRequest>,
    ) -> Result<Response<ListCommoditiesResponse>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                let parts = ["ListCommodities"];
                let page = page::PageRequest::read(&parts, query.page_size, &query.page_token)?;
                let after = page.cursor.clone().unwrap_or_default();
                let mut list = self.app.commodities(&caller, &after, page.limit()).await?;
                let next_page_token = page.cut(&mut list, &parts, |commodity| commodity.code.to_string());
                Ok(ListCommoditiesResponse {
                    commodities: list.iter().map(commodity_to_proto).collect(),
                    next_page_token,
                })
            })
            .await
    }

    async fn get_ledger_account(
        &self,
        request: Request<GetLedgerAccountRequest>,
    ) -> Result<Response<pb::LedgerAccount>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                let account = self.app.ledger_account(&caller, &key_of("name", &query.name)?).await?;
                told(&self.app, &caller, account).await
            })
            .await
    }

    async fn list_ledger_accounts(
        &self,
        request: Request<ListLedgerAccountsRequest>,
    ) -> Result<Response<ListLedgerAccountsResponse>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                let kind = query.purpose.to_string();
                let parts = ["ListLedgerAccounts", &query.partner, &kind, &query.commodity];
                let page = page::PageRequest::read(&parts, query.page_size, &query.page_token)?;
                let wanted = AccountQuery {
                    partner: query.partner.strip_prefix("partners/").map(ToOwned::to_owned),
                    purpose: purpose(query.purpose()),
                    commodity: Some(query.commodity.clone()).filter(|code| !code.is_empty()),
                    after: page.cursor.clone().unwrap_or_default(),
                    limit: page.limit(),
                };
                let mut list = self.app.ledger_accounts(&caller, &wanted).await?;
                let next_page_token = page.cut(&mut list, &parts, |account| account.key.to_string());
                let codes = list.iter().map(|account| account.key.commodity.clone()).collect();
                let scales = self.app.scales(&caller.tenant, codes).await?;
                let ledger_accounts = list.iter().map(|account| account_to_proto(account, &scales)).collect();
                Ok(ListLedgerAccountsResponse { ledger_accounts, next_page_token })
            })
            .await
    }

    async fn set_account_floor(
        &self,
        request: Request<SetAccountFloorRequest>,
    ) -> Result<Response<pb::LedgerAccount>, Status> {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: SetAccountFloorRequest| async move {
                let request = request_key(&caller, "SetAccountFloor", &query.request_id, &query);
                let floor = query.floor.ok_or_else(|| Fault::invalid_field("floor", "is missing; state an amount"))?;
                let change = AccountChange::Floor(floor.value);
                let key = key_of("name", &query.name)?;
                let account = app.change_account(&caller, key, change, (&query.etag, query.reason), request).await?;
                told(&app, &caller, account).await
            })
            .await
    }

    async fn close_ledger_account(
        &self,
        request: Request<CloseLedgerAccountRequest>,
    ) -> Result<Response<pb::LedgerAccount>, Status> {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: CloseLedgerAccountRequest| async move {
                let request = request_key(&caller, "CloseLedgerAccount", &query.request_id, &query);
                let (key, why) = (key_of("name", &query.name)?, (query.etag.as_str(), query.reason));
                let account = app.change_account(&caller, key, AccountChange::Close, why, request).await?;
                told(&app, &caller, account).await
            })
            .await
    }

    async fn reopen_ledger_account(
        &self,
        request: Request<ReopenLedgerAccountRequest>,
    ) -> Result<Response<pb::LedgerAccount>, Status> {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: ReopenLedgerAccountRequest| async move {
                let request = request_key(&caller, "ReopenLedgerAccount", &query.request_id, &query);
                let (key, why) = (key_of("name", &query.name)?, (query.etag.as_str(), query.reason));
                let account = app.change_account(&caller, key, AccountChange::Reopen, why, request).await?;
                told(&app, &caller, account).await
            })
            .await
    }

    async fn create_transaction(
        &self,
        request: Request<CreateTransactionRequest>,
    ) -> Result<Response<pb::LedgerTransaction>, Status> {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: CreateTransactionRequest| async move {
                let validate_only = query.validate_only;
                let draft = transaction_draft(query);
                let made = if validate_only {
                    app.create_transactions(&caller, vec![draft], |_| String::new(), true).await?
                } else {
                    vec![app.create_transaction(&caller, draft).await?]
                };
                one(made_known(&app, &caller, made).await?)
            })
            .await
    }

    async fn batch_create_transactions(
        &self,
        request: Request<BatchCreateTransactionsRequest>,
    ) -> Result<Response<BatchCreateTransactionsResponse>, Status> {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: BatchCreateTransactionsRequest| async move {
                let validate_only = query.validate_only || query.requests.iter().any(|request| request.validate_only);
                let drafts = query.requests.into_iter().map(transaction_draft).collect();
                let path = |at| format!("requests[{at}]");
                let made = app.create_transactions(&caller, drafts, path, validate_only).await?;
                Ok(BatchCreateTransactionsResponse { transactions: made_known(&app, &caller, made).await? })
            })
            .await
    }

    async fn post_transaction(
        &self,
        request: Request<PostTransactionRequest>,
    ) -> Result<Response<pb::LedgerTransaction>, Status> {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: PostTransactionRequest| async move {
                let amounts = query.amounts.into_iter().map(|amount| amount.value).collect();
                let posted = app.post_transaction(&caller, &id_of("name", &query.name)?, amounts).await?;
                one(made_known(&app, &caller, vec![posted]).await?)
            })
            .await
    }

    async fn void_transaction(
        &self,
        request: Request<VoidTransactionRequest>,
    ) -> Result<Response<pb::LedgerTransaction>, Status> {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: VoidTransactionRequest| async move {
                let voided = app.void_transaction(&caller, &id_of("name", &query.name)?, query.reason).await?;
                one(made_known(&app, &caller, vec![voided]).await?)
            })
            .await
    }

    async fn reverse_transaction(
        &self,
        request: Request<ReverseTransactionRequest>,
    ) -> Result<Response<pb::LedgerTransaction>, Status> {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: ReverseTransactionRequest| async move {
                let by = TransactionId::chosen(&query.transaction_id);
                let by = by.map_err(|why| Fault::invalid_field("transaction_id", why))?;
                let id = id_of("name", &query.name)?;
                let reversal = app.reverse_transaction(&caller, &id, by, &query.reason).await?;
                one(made_known(&app, &caller, vec![reversal]).await?)
            })
            .await
    }

    async fn get_transaction(
        &self,
        request: Request<GetTransactionRequest>,
    ) -> Result<Response<pb::LedgerTransaction>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                let transaction = self.app.ledger_transaction(&caller, &id_of("name", &query.name)?).await?;
                one(made_known(&self.app, &caller, vec![transaction]).await?)
            })
            .await
    }

    async fn list_transactions(
        &self,
        request: Request<ListTransactionsRequest>,
    ) -> Result<Response<ListTransactionsResponse>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                let kind = query.state.to_string();
                let parts = ["ListTransactions", &kind, &query.cause];
                let page = page::PageRequest::read(&parts, query.page_size, &query.page_token)?;
                let wanted = TransactionQuery {
                    state: state(query.state()),
                    cause: Some(query.cause.clone()).filter(|cause| !cause.is_empty()),
                    before: page.cursor.as_deref().and_then(|cursor| cursor.parse().ok()),
                    limit: page.limit(),
                };
                let mut list = self.app.ledger_transactions(&caller, &wanted).await?;
                let next_page_token = page.cut(&mut list, &parts, |transaction| transaction.entry.to_string());
                Ok(ListTransactionsResponse {
                    transactions: made_known(&self.app, &caller, list).await?,
                    next_page_token,
                })
            })
            .await
    }

    async fn list_account_movements(
        &self,
        request: Request<ListAccountMovementsRequest>,
    ) -> Result<Response<ListAccountMovementsResponse>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                let key = key_of("account", &query.account)?;
                let parts = ["ListAccountMovements", &query.account];
                let page = page::PageRequest::read(&parts, query.page_size, &query.page_token)?;
                let mut list = self.app.movements(&caller, &key, position(&page), page.limit()).await?;
                let next_page_token = page.cut(&mut list, &parts, |movement| movement.entry.to_string());
                let scales = self.app.scales(&caller.tenant, BTreeSet::from([key.commodity])).await?;
                let movements = list.iter().map(|movement| movement_to_proto(movement, &scales)).collect();
                Ok(ListAccountMovementsResponse { movements, next_page_token })
            })
            .await
    }

    async fn list_journal_entries(
        &self,
        request: Request<ListJournalEntriesRequest>,
    ) -> Result<Response<ListJournalEntriesResponse>, Status> {
        self.edge
            .read(request, |caller, query| async move {
                let parts = ["ListJournalEntries"];
                let page = page::PageRequest::read(&parts, query.page_size, &query.page_token)?;
                let mut list = self.app.journal(&caller, position(&page), page.limit()).await?;
                let next_page_token = page.cut(&mut list, &parts, |entry| entry.position.to_string());
                Ok(ListJournalEntriesResponse { entries: list.iter().map(entry_to_proto).collect(), next_page_token })
            })
            .await
    }

    async fn verify_ledger(&self, request: Request<VerifyLedgerRequest>) -> Result<Response<Operation>, Status> {
        let app = self.app.clone();
        self.edge
            .write(request, |caller, query: VerifyLedgerRequest| async move {
                let key = request_key(&caller, "VerifyLedger", &query.request_id, &query);
                Ok(operations::to_proto(&app.verify_ledger(&caller, key).await?, AREA))
            })
            .await
    }
}

fn key_of(field: &str, name: &str) -> Result<AccountKey, Fault> {
    AccountKey::of_name(name).map_err(|why| Fault::invalid_field(field, why))
}

fn id_of(field: &str, name: &str) -> Result<TransactionId, Fault> {
    TransactionId::of_name(name).map_err(|why| Fault::invalid_field(field, why))
}

/// The entry after which a page begins.
fn position(page: &page::PageRequest) -> i64 {
    page.cursor.as_deref().and_then(|cursor| cursor.parse().ok()).unwrap_or_default()
}

async fn told(app: &App, caller: &RequestContext, account: Account) -> Result<pb::LedgerAccount, Fault> {
    let scales = app.scales(&caller.tenant, BTreeSet::from([account.key.commodity.clone()])).await?;
    Ok(account_to_proto(&account, &scales))
}

/// Transactions as messages.
async fn made_known(
    app: &App,
    caller: &RequestContext,
    list: Vec<Transaction>,
) -> Result<Vec<pb::LedgerTransaction>, Fault> {
    let codes = list.iter().flat_map(|t| t.content.commodities()).collect();
    let scales = app.scales(&caller.tenant, codes).await?;
    let told = |t: &Transaction| transaction_to_proto(t, app.effective(&t.content, t.create_time), &scales);
    Ok(list.iter().map(told).collect())
}

fn one(mut list: Vec<pb::LedgerTransaction>) -> Result<pb::LedgerTransaction, Fault> {
    list.pop().ok_or_else(|| Fault::internal("a transaction was recorded without an answer"))
}
