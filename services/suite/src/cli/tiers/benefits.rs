//! Entitlements, price factors and allowances.

use tributary_proto::tributary::partner::v1::{
    AgreePriceFactorRequest, BenefitUsage, CheckEntitlementRequest, Entitlement, ListBenefitUsagesRequest,
    ListEntitlementsRequest, RecordBenefitUsageRequest, tier_benefit::Value,
};

use super::{
    Benefits,
    args::{AgreeArgs, EntitlementArgs, UsagesArgs, UseArgs},
    partner_name, request_id, show, tier,
};
use crate::{
    cli::{
        Connection, Failure,
        look::{self, left, money},
    },
    output::{self, date_text, message_json, money_text},
};

/// Shows what a partner is entitled to.
pub(super) async fn entitlements(
    connection: &Connection,
    mut client: Benefits,
    args: &EntitlementArgs,
) -> Result<(), Failure> {
    let partner = partner_name(connection, &args.partner).await?;
    let found = match &args.benefit {
        Some(benefit) => {
            let request = CheckEntitlementRequest { partner, benefit: benefit.clone(), date: args.on };
            vec![client.check_entitlement(request).await?.into_inner()]
        }
        None => {
            let request = ListEntitlementsRequest { partner, date: args.on };
            client.list_entitlements(request).await?.into_inner().entitlements
        }
    };
    if args.json {
        for entitlement in &found {
            output::json_line(&message_json(entitlement));
        }
        return Ok(());
    }
    let row = |entitlement: &Entitlement| {
        vec![
            entitlement.benefit.clone(),
            if entitlement.entitled { "yes" } else { "no" }.to_owned(),
            tier(&entitlement.tier),
            entitlement.explanation.clone(),
        ]
    };
    let rows: Vec<Vec<String>> = found.iter().map(row).collect();
    output::line(&output::table(&left(["benefit", "entitled", "tier", "why"]), &rows));
    Ok(())
}

/// Records a price factor.
pub(super) async fn agree(connection: &Connection, mut client: Benefits, args: AgreeArgs) -> Result<(), Failure> {
    let request = AgreePriceFactorRequest {
        partner: partner_name(connection, &args.partner).await?,
        benefit: args.benefit,
        price_factor: Some(args.factor),
        effective_from: args.from,
        reason: args.reason,
        request_id: request_id(args.request_id),
    };
    let made = client.agree_price_factor(request).await?.into_inner();
    let (factor, from) = (made.price_factor.clone().unwrap_or_default().value, made.effective_from.as_ref());
    let text =
        format!("{} has {} {factor} from {}", made.partner, made.benefit, from.map(date_text).unwrap_or_default());
    show(args.json, &made, &text);
    Ok(())
}

/// Uses an allowance.
pub(super) async fn consume(connection: &Connection, mut client: Benefits, args: UseArgs) -> Result<(), Failure> {
    let partner = partner_name(connection, &args.partner).await?;
    let check = CheckEntitlementRequest { partner: partner.clone(), benefit: args.benefit.clone(), date: args.on };
    let known = client.check_entitlement(check).await?.into_inner();
    let Some(Value::YearlyAllowance(allowance)) = known.terms.and_then(|terms| terms.value) else {
        return Err(Failure::usage(format!("{} is no allowance of {partner}: {}", args.benefit, known.explanation)));
    };
    let request = RecordBenefitUsageRequest {
        partner,
        benefit: args.benefit,
        amount: Some(money(&args.amount, &allowance.currency_code)?),
        date: args.on,
        reason: args.reason,
        request_id: request_id(args.request_id),
    };
    let made = client.record_benefit_usage(request).await?.into_inner();
    let [used, left] = [&made.used, &made.remaining].map(|money| money.as_ref().map(money_text).unwrap_or_default());
    show(args.json, &made, &format!("use {} recorded: {used} used, {left} left", made.number));
    Ok(())
}

/// Lists uses of an allowance.
pub(super) async fn usages(connection: &Connection, client: Benefits, args: &UsagesArgs) -> Result<(), Failure> {
    let partner = partner_name(connection, &args.partner).await?;
    let page = async |page_size, page_token| {
        let (partner, benefit) = (partner.clone(), args.benefit.clone());
        let request = ListBenefitUsagesRequest { partner, benefit, year: args.year, page_size, page_token };
        let page = client.clone().list_benefit_usages(request).await?.into_inner();
        Ok((page.benefit_usages, page.next_page_token))
    };
    let row = |usage: &BenefitUsage| {
        let shown = |money: &Option<_>| money.as_ref().map(money_text).unwrap_or_default();
        vec![
            usage.number.to_string(),
            usage.date.as_ref().map(date_text).unwrap_or_default(),
            shown(&usage.amount),
            shown(&usage.used),
            shown(&usage.remaining),
            usage.reason.clone(),
            usage.actor.clone(),
        ]
    };
    let columns = left(["use", "date", "amount", "used", "left", "for", "by"]);
    look::print((args.list.top, args.list.json), &columns, row, page).await
}
