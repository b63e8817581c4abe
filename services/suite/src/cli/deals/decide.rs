//! Decisions, extensions, outcomes, and the policy.

use prost_types::FieldMask;
use tributary_proto::tributary::partner::v1::{
    ApproveDealRequest, ConvertDealRequest, DealConversion, DealPolicy, ExtendDealRequest, GetDealPolicyRequest,
    LoseDealRequest, RejectDealRequest, UpdateDealPolicyRequest, WithdrawDealRequest,
};

use super::{
    Client,
    args::{ApproveArgs, ConvertArgs, ExtendArgs, PolicyArgs, ReasonArgs},
    changed, deal_name,
};
use crate::{
    cli::{
        Done, Failure,
        look::{money, once, request_id},
    },
    output::{self, message_json},
};

/// Approves a deal.
pub(super) async fn approve(mut client: Client, args: ApproveArgs) -> Result<Done, Failure> {
    let (name, note, etag) = (deal_name(&args.deal)?, args.note, String::new());
    changed(args.change, async |request_id| {
        client.approve_deal(ApproveDealRequest { name, note, etag, request_id }).await
    })
    .await
}

/// Rejects a deal.
pub(super) async fn reject(mut client: Client, args: ReasonArgs) -> Result<Done, Failure> {
    let (name, reason, etag) = (deal_name(&args.deal)?, args.reason, String::new());
    changed(args.change, async |request_id| {
        client.reject_deal(RejectDealRequest { name, reason, etag, request_id }).await
    })
    .await
}

/// Withdraws a deal.
pub(super) async fn withdraw(mut client: Client, args: ReasonArgs) -> Result<Done, Failure> {
    let (name, reason, etag) = (deal_name(&args.deal)?, args.reason, String::new());
    changed(args.change, async |request_id| {
        client.withdraw_deal(WithdrawDealRequest { name, reason, etag, request_id }).await
    })
    .await
}

/// Extends a protection.
pub(super) async fn extend(mut client: Client, args: ExtendArgs) -> Result<Done, Failure> {
    let (name, reason, etag) = (deal_name(&args.deal)?, args.reason, String::new());
    let protection_end = Some(args.day);
    changed(args.change, async |request_id| {
        client.extend_deal(ExtendDealRequest { name, protection_end, reason, etag, request_id }).await
    })
    .await
}

/// Records an order.
pub(super) async fn convert(mut client: Client, args: ConvertArgs) -> Result<Done, Failure> {
    let amount = Some(money(&args.amount, &args.currency)?);
    let conversion = Some(DealConversion { order_reference: args.order, amount, order_date: Some(args.on) });
    let (name, etag) = (deal_name(&args.deal)?, String::new());
    changed(args.change, async |request_id| {
        client.convert_deal(ConvertDealRequest { name, conversion, etag, request_id }).await
    })
    .await
}

/// Records that a deal was lost.
pub(super) async fn lose(mut client: Client, args: ReasonArgs) -> Result<Done, Failure> {
    let (name, reason, etag) = (deal_name(&args.deal)?, args.reason, String::new());
    changed(args.change, async |request_id| client.lose_deal(LoseDealRequest { name, reason, etag, request_id }).await)
        .await
}

/// Shows the policy, or changes what is given of it.
pub(super) async fn policy(mut client: Client, args: PolicyArgs) -> Result<Done, Failure> {
    let changes = [
        args.protection_days.map(|_| "protection_days"),
        args.decision_days.map(|_| "decision_days"),
        args.max_extensions.map(|_| "max_extensions"),
        args.extension_days.map(|_| "extension_days"),
        args.automatic_approval.map(|_| "automatic_approval"),
    ];
    let paths: Vec<String> = changes.into_iter().flatten().map(str::to_owned).collect();
    let policy = match args.reason {
        Some(reason) if !paths.is_empty() => {
            let given = DealPolicy {
                protection_days: args.protection_days.unwrap_or_default(),
                decision_days: args.decision_days.unwrap_or_default(),
                max_extensions: args.max_extensions.unwrap_or_default(),
                extension_days: args.extension_days.unwrap_or_default(),
                automatic_approval: args.automatic_approval.unwrap_or_default(),
                ..DealPolicy::default()
            };
            let (deal_policy, update_mask) = (Some(given), Some(FieldMask { paths }));
            let id = request_id(args.request_id);
            let request = UpdateDealPolicyRequest { deal_policy, update_mask, reason, request_id: id.clone() };
            once(&id, client.update_deal_policy(request)).await?
        }
        _ => client.get_deal_policy(GetDealPolicyRequest {}).await?.into_inner(),
    };
    if args.json {
        output::json_line(&message_json(&policy));
        return Ok(Done::All);
    }
    for (what, value) in [
        ("protection days", policy.protection_days.to_string()),
        ("decision days", policy.decision_days.to_string()),
        ("extensions", format!("{} of at most {} days", policy.max_extensions, policy.extension_days)),
        ("automatic approval", if policy.automatic_approval { "yes" } else { "no" }.to_owned()),
        ("revision", policy.revision.to_string()),
    ] {
        output::line(&format!("{what}: {value}"));
    }
    Ok(Done::All)
}
