//! Entitlements, price factors and allowances.

use tributary_proto::{
    google::r#type::Date,
    tributary::partner::v1::{
        AgreePriceFactorRequest, BenefitUsage, CheckEntitlementRequest, Entitlement, ListBenefitUsagesRequest,
        ListEntitlementsRequest, RecordBenefitUsageRequest, tier_benefit::Value,
    },
};

use super::{
    Benefits,
    args::{AgreeArgs, EntitlementArgs, UsagesArgs, UseArgs},
    once, partner_name, request_id, show, tier,
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
    let made = once(&request.request_id, client.agree_price_factor(request.clone())).await?;
    let (factor, from) = (made.price_factor.clone().unwrap_or_default().value, made.effective_from.as_ref());
    let text =
        format!("{} has {} {factor} from {}", made.partner, made.benefit, from.map(date_text).unwrap_or_default());
    show(args.json, &made, &text);
    Ok(())
}

/// Uses an allowance.
pub(super) async fn consume(connection: &Connection, mut client: Benefits, args: UseArgs) -> Result<(), Failure> {
    let partner = partner_name(connection, &args.partner).await?;
    let currency = match args.currency {
        // Nothing that may be another answer by the time of a repeat is asked.
        Some(currency) => currency,
        None => currency_of(&mut client, &partner, &args.benefit, args.on).await?,
    };
    let request = RecordBenefitUsageRequest {
        partner,
        benefit: args.benefit,
        amount: Some(money(&args.amount, &currency)?),
        date: args.on,
        reason: args.reason,
        request_id: request_id(args.request_id),
    };
    let made = once(&request.request_id, client.record_benefit_usage(request.clone())).await?;
    let [used, left] = [&made.used, &made.remaining].map(|money| money.as_ref().map(money_text).unwrap_or_default());
    show(args.json, &made, &format!("use {} recorded: {used} used, {left} left", made.number));
    Ok(())
}

/// The currency of an allowance as the partner has it on a day.
async fn currency_of(
    client: &mut Benefits,
    partner: &str,
    benefit: &str,
    date: Option<Date>,
) -> Result<String, Failure> {
    let check = CheckEntitlementRequest { partner: partner.to_owned(), benefit: benefit.to_owned(), date };
    let known = client.check_entitlement(check).await?.into_inner();
    match known.terms.and_then(|terms| terms.value) {
        Some(Value::YearlyAllowance(allowance)) => Ok(allowance.currency_code),
        _ => Err(Failure::usage(format!("{benefit} is no allowance of {partner}: {}", known.explanation))),
    }
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
