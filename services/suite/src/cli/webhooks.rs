//! `tributary webhooks`.

use clap::{Args, Subcommand, ValueEnum};
use tributary_core::{IdSource as _, SystemIds};
use tributary_proto::tributary::gateway::v1::{
    CreateWebhookRequest, DeleteWebhookRequest, DisableWebhookRequest, EnableWebhookRequest, GetWebhookDeliveryRequest,
    ListWebhookDeliveriesRequest, ListWebhooksRequest, RedeliverFailedWebhookDeliveriesRequest,
    RedeliverWebhookDeliveryRequest, RotateWebhookSecretRequest, TestWebhookRequest, Webhook, WebhookAttempt,
    WebhookDelivery, WebhookSecret, WebhookSignature, webhook_service_client::WebhookServiceClient,
};

use super::{
    ConnectArgs, Failure, Keyed,
    calculate::resource,
    look::{self, ListArgs, left},
};
use crate::output::{self, message_json, moment_text};

const EXAMPLES: &str = "\
Examples:
  tributary webhooks create erp https://erp.example.com/in --type 'tributary.incentive.v1.*'
  tributary webhooks test erp
  tributary webhooks deliveries erp
  tributary webhooks redeliver erp --failed";

/// The commands for webhooks.
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub enum WebhooksCommand {
    /// Create a webhook; its secret is printed once
    Create(CreateArgs),
    /// List webhooks
    List(ListArgs),
    /// Send a webhook an event made for it
    Test(NameArgs),
    /// Make a new secret; the old one signs beside it for 24 hours
    Rotate(RotateArgs),
    /// Switch a webhook on
    Enable(NameArgs),
    /// Switch a webhook off
    Disable(NameArgs),
    /// Remove a webhook with its deliveries
    Delete(NameArgs),
    /// List what was sent, the latest first; or show one with its attempts
    Deliveries(DeliveriesArgs),
    /// Send an event again, or all that had failed
    Redeliver(RedeliverArgs),
}

/// How events are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Signature {
    /// HMAC-SHA256 with a secret of both sides
    Hmac,
    /// Ed25519, verified with a public key
    Ed25519,
}

/// A new webhook.
#[derive(Debug, Args)]
pub struct CreateArgs {
    /// Its id. Example: erp
    pub id: String,
    /// Where events go
    pub url: String,
    /// Only events of this type, or of all that begin so; may be repeated
    #[arg(long = "type", value_name = "TYPE")]
    pub types: Vec<String>,
    /// Only events about this resource, or about all that begin so
    #[arg(long, value_name = "RESOURCE", default_value = "", hide_default_value = true)]
    pub subject: String,
    /// How events are signed
    #[arg(long, value_enum, default_value = "hmac")]
    pub sign: Signature,
    /// Print the answer as JSON
    #[arg(long)]
    pub json: bool,
}

/// Which webhook.
#[derive(Debug, Args)]
pub struct NameArgs {
    /// Its name or id
    pub webhook: String,
    /// Print the answer as JSON
    #[arg(long)]
    pub json: bool,
}

/// Which webhook, and how it signs.
#[derive(Debug, Args)]
pub struct RotateArgs {
    /// Which.
    #[command(flatten)]
    pub of: NameArgs,
    /// How events are signed from now on [default: as before]
    #[arg(long, value_enum)]
    pub sign: Option<Signature>,
}

/// Which deliveries.
#[derive(Debug, Args)]
pub struct DeliveriesArgs {
    /// Name or id of the webhook
    pub webhook: String,
    /// Show this one with its attempts
    pub number: Option<u64>,
    /// How much, and how.
    #[command(flatten)]
    pub list: ListArgs,
}

/// What is sent again.
#[derive(Debug, Args)]
pub struct RedeliverArgs {
    /// Name or id of the webhook
    pub webhook: String,
    /// Which event
    #[arg(required_unless_present = "failed", conflicts_with = "failed")]
    pub number: Option<u64>,
    /// All that had failed for good
    #[arg(long)]
    pub failed: bool,
}

type Client = WebhookServiceClient<Keyed>;

/// Does one of the commands.
pub(super) async fn run(command: WebhooksCommand, connect: &ConnectArgs) -> Result<(), Failure> {
    look::with(connect, async |connection| {
        let mut client = WebhookServiceClient::new(connection.own());
        match command {
            WebhooksCommand::Create(args) => create(&mut client, args).await,
            WebhooksCommand::List(args) => list(&client, &args).await,
            WebhooksCommand::Test(args) => {
                let query = TestWebhookRequest { name: resource("webhooks", &args.webhook) };
                told(&client.test_webhook(query).await?.into_inner(), args.json)
            }
            WebhooksCommand::Rotate(args) => {
                let name = resource("webhooks", &args.of.webhook);
                let signature = args.sign.map(number).unwrap_or_default();
                let query = RotateWebhookSecretRequest { name, signature, ..Default::default() };
                secret(&client.rotate_webhook_secret(query).await?.into_inner(), args.of.json);
                Ok(())
            }
            WebhooksCommand::Enable(args) => {
                let query = EnableWebhookRequest { name: resource("webhooks", &args.webhook) };
                changed(&client.enable_webhook(query).await?.into_inner(), "is on", args.json);
                Ok(())
            }
            WebhooksCommand::Disable(args) => {
                let query = DisableWebhookRequest { name: resource("webhooks", &args.webhook) };
                changed(&client.disable_webhook(query).await?.into_inner(), "is off", args.json);
                Ok(())
            }
            WebhooksCommand::Delete(args) => {
                let name = resource("webhooks", &args.webhook);
                client.delete_webhook(DeleteWebhookRequest { name: name.clone() }).await?;
                output::line(&format!("{name} is removed"));
                Ok(())
            }
            WebhooksCommand::Deliveries(args) => deliveries(&mut client, args).await,
            WebhooksCommand::Redeliver(args) => redeliver(&mut client, args).await,
        }
    })
    .await
}

fn number(signature: Signature) -> i32 {
    match signature {
        Signature::Hmac => WebhookSignature::HmacSha256,
        Signature::Ed25519 => WebhookSignature::Ed25519,
    }
    .into()
}

async fn create(client: &mut Client, args: CreateArgs) -> Result<(), Failure> {
    let webhook = Webhook { url: args.url, types: args.types, subject: args.subject, ..Default::default() };
    let query = CreateWebhookRequest {
        webhook: Some(webhook),
        webhook_id: args.id,
        signature: number(args.sign),
        ..Default::default()
    };
    secret(&client.create_webhook(query).await?.into_inner(), args.json);
    Ok(())
}

fn secret(made: &WebhookSecret, json: bool) {
    if json {
        output::json_line(&message_json(made));
        return;
    }
    output::line(&made.secret);
    let name = made.webhook.as_ref().map(|webhook| webhook.name.as_str()).unwrap_or_default();
    let shown = if made.secret.starts_with("whpk_") { "the public key" } else { "this is shown once" };
    output::note(&format!("{name}: {shown}; the receiver verifies with it"));
}

fn changed(webhook: &Webhook, what: &str, json: bool) {
    if json {
        output::json_line(&message_json(webhook));
    } else {
        output::line(&format!("{} {what}", webhook.name));
    }
}

fn told(attempt: &WebhookAttempt, json: bool) -> Result<(), Failure> {
    if json {
        output::json_line(&message_json(attempt));
    } else if attempt.error.is_empty() {
        output::line(&format!("answered {}", attempt.http_status));
    }
    if attempt.error.is_empty() {
        return Ok(());
    }
    Err(Failure::server(format!("the receiver did not take it: {}", attempt.error)))
}

async fn list(client: &Client, args: &ListArgs) -> Result<(), Failure> {
    let page = async |page_size, page_token| {
        let page = client.clone().list_webhooks(ListWebhooksRequest { page_size, page_token }).await?.into_inner();
        Ok((page.webhooks, page.next_page_token))
    };
    let columns = left(["webhook", "state", "url", "types", "subject"]);
    let row = |webhook: &Webhook| {
        let state = webhook.state().as_str_name().trim_start_matches("STATE_").to_lowercase();
        let types = webhook.types.join(", ");
        vec![webhook.name.clone(), state, webhook.url.clone(), types, webhook.subject.clone()]
    };
    look::print((args.top, args.json), &columns, row, page).await
}

async fn deliveries(client: &mut Client, args: DeliveriesArgs) -> Result<(), Failure> {
    let webhook = resource("webhooks", &args.webhook);
    if let Some(number) = args.number {
        let query = GetWebhookDeliveryRequest { name: format!("{webhook}/deliveries/{number}") };
        let one = client.get_webhook_delivery(query).await?.into_inner();
        if args.list.json {
            output::json_line(&message_json(&one));
            return Ok(());
        }
        let rows = one.attempts.iter().map(|attempt| {
            let time = moment_text(attempt.time.as_ref());
            vec![attempt.number.to_string(), time, attempt.http_status.to_string(), attempt.error.clone()]
        });
        output::line(&output::table(&left(["attempt", "time", "status", "error"]), &rows.collect::<Vec<_>>()));
        return Ok(());
    }
    let page = async |page_size, page_token| {
        let query =
            ListWebhookDeliveriesRequest { webhook: webhook.clone(), page_size, page_token, ..Default::default() };
        let page = client.clone().list_webhook_deliveries(query).await?.into_inner();
        Ok((page.webhook_deliveries, page.next_page_token))
    };
    let columns = left(["delivery", "state", "tries", "type", "subject", "next"]);
    let row = |delivery: &WebhookDelivery| {
        let state = delivery.state().as_str_name().trim_start_matches("STATE_").to_lowercase();
        let next = moment_text(delivery.next_attempt_time.as_ref());
        let tries = delivery.attempt_count.to_string();
        vec![delivery.name.clone(), state, tries, delivery.event_type.clone(), delivery.subject.clone(), next]
    };
    look::print((args.list.top, args.list.json), &columns, row, page).await
}

async fn redeliver(client: &mut Client, args: RedeliverArgs) -> Result<(), Failure> {
    let webhook = resource("webhooks", &args.webhook);
    let request_id = SystemIds.uuid().to_string();
    match args.number {
        Some(number) => {
            let query = RedeliverWebhookDeliveryRequest { name: format!("{webhook}/deliveries/{number}"), request_id };
            let one = client.redeliver_webhook_delivery(query).await?.into_inner();
            output::line(&format!("{} is sent again", one.name));
        }
        None => {
            let query = RedeliverFailedWebhookDeliveriesRequest { webhook, since: None, request_id };
            let count = client.redeliver_failed_webhook_deliveries(query).await?.into_inner().delivery_count;
            output::line(&format!("{count} events are sent again"));
        }
    }
    Ok(())
}
