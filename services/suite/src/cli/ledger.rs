//! `tributary ledger`.

use clap::{Args, Subcommand};
use tributary_proto::tributary::incentive::v1::{
    AccountMovement, LedgerAccount, LedgerTransaction, LedgerVerification, ListAccountMovementsRequest,
    ListLedgerAccountsRequest, ListTransactionsRequest, VerifyLedgerRequest,
    ledger_service_client::LedgerServiceClient,
};

use super::{
    ConnectArgs, Done, Failure, Keyed,
    look::{self, ListArgs},
    operation::follow_to_end,
    partners,
};
use crate::output::{self, Align, grouped, message_json, words};

const EXAMPLES: &str = "\
Examples:
  tributary ledger accounts                               every account and its balance
  tributary ledger accounts --partner sap:10023
  tributary ledger movements partner.huadong.payable.CNY  what happened to an account
  tributary ledger transactions --cause runs/r0192f7c4
  tributary ledger verify                                 recompute everything from the journal";

/// Commands about the ledger.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub enum LedgerCommand {
    /// List accounts with their balances
    Accounts(AccountsArgs),
    /// List what happened to an account, oldest first
    Movements(MovementsArgs),
    /// List transactions, newest first
    Transactions(TransactionsArgs),
    /// Recompute the ledger from its journal; exit code 1 when something does not add up
    Verify(VerifyArgs),
}

/// Arguments of `tributary ledger accounts`.
#[derive(Debug, Args)]
pub struct AccountsArgs {
    /// Only of this partner: resource name, id, or SYSTEM:ID
    #[arg(long)]
    pub partner: Option<String>,
    /// Only in this currency or commodity
    #[arg(long, default_value = "")]
    pub commodity: String,
    /// How much, and how.
    #[command(flatten)]
    pub list: ListArgs,
}

/// Arguments of `tributary ledger movements`.
#[derive(Debug, Args)]
pub struct MovementsArgs {
    /// The account, as in "partner.huadong.payable.CNY"
    pub account: String,
    /// How much, and how.
    #[command(flatten)]
    pub list: ListArgs,
}

/// Arguments of `tributary ledger transactions`.
#[derive(Debug, Args)]
pub struct TransactionsArgs {
    /// Only of this cause
    #[arg(long, default_value = "")]
    pub cause: String,
    /// How much, and how.
    #[command(flatten)]
    pub list: ListArgs,
}

/// Arguments of `tributary ledger verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// Print what was found as JSON
    #[arg(long)]
    pub json: bool,
}

/// Looks at the ledger.
pub(super) async fn run(command: LedgerCommand, connect: &ConnectArgs) -> Result<Done, Failure> {
    look::with(connect, async |connection| {
        let client = connection.ledger();
        match command {
            LedgerCommand::Accounts(args) => {
                let partner = partners::resource_name(connection, args.partner.as_deref()).await?;
                accounts(&client, args, partner).await
            }
            LedgerCommand::Movements(args) => movements(&client, args).await,
            LedgerCommand::Transactions(args) => transactions(&client, args).await,
            LedgerCommand::Verify(args) => {
                let asked = client.clone().verify_ledger(VerifyLedgerRequest::default()).await?.into_inner();
                let found: LedgerVerification = follow_to_end(connection, asked, "verifying the ledger").await?;
                return Ok(told(&found, args.json));
            }
        }?;
        Ok(Done::All)
    })
    .await
}

type Client = LedgerServiceClient<Keyed>;

async fn accounts(client: &Client, args: AccountsArgs, partner: String) -> Result<(), Failure> {
    let columns = [
        ("account", Align::Left),
        ("commodity", Align::Left),
        ("balance", Align::Right),
        ("available", Align::Right),
        ("floor", Align::Right),
    ];
    let row = |account: &LedgerAccount| {
        let value = |amount: &Option<_>| decimal(amount.as_ref());
        let name = account.name.trim_start_matches("ledgerAccounts/").to_owned();
        let name = if account.closed { format!("{name} (closed)") } else { name };
        vec![name, account.commodity.clone(), value(&account.balance), value(&account.available), value(&account.floor)]
    };
    let page = async |page_size, page_token| {
        let (partner, commodity) = (partner.clone(), args.commodity.clone());
        let request = ListLedgerAccountsRequest { partner, commodity, page_size, page_token, ..Default::default() };
        let page = client.clone().list_ledger_accounts(request).await?.into_inner();
        Ok((page.ledger_accounts, page.next_page_token))
    };
    look::print((args.list.top, args.list.json), &columns, row, page).await
}

async fn movements(client: &Client, args: MovementsArgs) -> Result<(), Failure> {
    let columns = [
        ("entry", Align::Right),
        ("transaction", Align::Left),
        ("debit", Align::Right),
        ("credit", Align::Right),
        ("pending debit", Align::Right),
        ("pending credit", Align::Right),
        ("balance", Align::Right),
    ];
    let row = |moved: &AccountMovement| {
        let value = |amount: &Option<_>| nothing_if_zero(decimal(amount.as_ref()));
        vec![
            moved.entry.to_string(),
            moved.transaction.trim_start_matches("ledgerTransactions/").to_owned(),
            value(&moved.debit),
            value(&moved.credit),
            value(&moved.pending_debit),
            value(&moved.pending_credit),
            decimal(moved.balance.as_ref()),
        ]
    };
    let id = args.account.trim_start_matches("ledgerAccounts/");
    let page = async |page_size, page_token| {
        let account = format!("ledgerAccounts/{id}");
        let request = ListAccountMovementsRequest { account, page_size, page_token };
        let page = client.clone().list_account_movements(request).await?.into_inner();
        Ok((page.movements, page.next_page_token))
    };
    look::print((args.list.top, args.list.json), &columns, row, page).await
}

async fn transactions(client: &Client, args: TransactionsArgs) -> Result<(), Failure> {
    let columns = [
        ("transaction", Align::Left),
        ("state", Align::Left),
        ("cause", Align::Left),
        ("postings", Align::Left),
        ("author", Align::Left),
    ];
    let row = |transaction: &LedgerTransaction| {
        let short = |name: &str| name.trim_start_matches("ledgerAccounts/").to_owned();
        let posting = transaction.postings.first().map(|posting| {
            let (from, to) = (short(&posting.debit), short(&posting.credit));
            format!("{} {from} → {to}", decimal(posting.amount.as_ref()))
        });
        let more = transaction.postings.len().saturating_sub(1);
        let more = if more > 0 { format!(", {more} more") } else { String::new() };
        vec![
            transaction.name.trim_start_matches("ledgerTransactions/").to_owned(),
            words(transaction.state().as_str_name(), "TRANSACTION_STATE_"),
            transaction.cause.clone(),
            format!("{}{more}", posting.unwrap_or_default()),
            transaction.author.clone(),
        ]
    };
    let page = async |page_size, page_token| {
        let request =
            ListTransactionsRequest { cause: args.cause.clone(), page_size, page_token, ..Default::default() };
        let page = client.clone().list_transactions(request).await?.into_inner();
        Ok((page.transactions, page.next_page_token))
    };
    look::print((args.list.top, args.list.json), &columns, row, page).await
}

fn told(found: &LedgerVerification, json: bool) -> Done {
    if json {
        output::json_line(&message_json(found));
    } else {
        let LedgerVerification { entry_count, account_count, transaction_count, .. } = found;
        output::line(&format!(
            "{entry_count} entries, {account_count} accounts, {transaction_count} transactions: {}",
            if found.sound { "everything adds up" } else { "something does not add up" }
        ));
        for sums in &found.sums {
            let (debits, credits) = (decimal(sums.debits.as_ref()), decimal(sums.credits.as_ref()));
            output::line(&format!("{}: debits {debits}, credits {credits}", sums.commodity));
        }
        for finding in &found.findings {
            output::line(&format!("{} {}", finding.subject, finding.description));
        }
        if !found.head_digest.is_empty() {
            output::line(&format!("head {}", found.head_digest));
        }
    }
    if found.sound { Done::All } else { Done::Differs }
}

fn decimal(amount: Option<&tributary_proto::google::r#type::Decimal>) -> String {
    amount.map(|amount| grouped(&amount.value)).unwrap_or_default()
}

fn nothing_if_zero(text: String) -> String {
    if text.chars().any(|c| ('1'..='9').contains(&c)) { text } else { String::new() }
}
