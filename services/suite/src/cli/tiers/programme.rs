//! Versions of the tier programme.

use tributary_proto::tributary::partner::v1::{
    ActivateTierProgrammeVersionRequest, ApproveTierProgrammeVersionRequest, CreateTierProgrammeVersionRequest,
    ListTierProgrammeVersionsRequest, PreviewTierProgrammeVersionRequest, PreviewedTier, TierMove, TierProgramme,
    TierProgrammeVersion,
};

use super::{
    Programmes,
    args::{ActivateArgs, PreviewArgs, VersionArgs},
    request_id, show, tier,
};
use crate::{
    cli::{
        Failure,
        calculate::resource,
        look::{self, ListArgs, left},
    },
    output::{self, date_text, message_json, words},
};

/// Most partners of a page.
const PAGE: i32 = 1000;

/// Keeps a draft, or only checks it.
pub(super) async fn draft(
    mut client: Programmes,
    programme: Option<TierProgramme>,
    validate_only: bool,
    json: bool,
) -> Result<(), Failure> {
    let request = CreateTierProgrammeVersionRequest { programme, validate_only, request_id: request_id(None) };
    let version = client.create_tier_programme_version(request).await?.into_inner();
    if validate_only {
        let tiers = version.programme.as_ref().map_or(0, |programme| programme.tiers.len());
        show(json, &version, &format!("valid; {tiers} tiers"));
    } else {
        told(json, &version);
    }
    Ok(())
}

/// Lists versions.
pub(super) async fn list(client: Programmes, args: &ListArgs) -> Result<(), Failure> {
    let page = async |page_size, page_token| {
        let request = ListTierProgrammeVersionsRequest { page_size, page_token };
        let page = client.clone().list_tier_programme_versions(request).await?.into_inner();
        Ok((page.tier_programme_versions, page.next_page_token))
    };
    let row = |version: &TierProgrammeVersion| {
        let programme = version.programme.clone().unwrap_or_default();
        vec![
            version.name.clone(),
            programme.display_name,
            state(version),
            version.effective_from.as_ref().map(date_text).unwrap_or_default(),
            version.author.clone(),
            version.approver.clone(),
        ]
    };
    let columns = left(["version", "name", "state", "from", "author", "approver"]);
    look::print((args.top, args.json), &columns, row, page).await
}

/// Approves.
pub(super) async fn approve(mut client: Programmes, args: &VersionArgs) -> Result<(), Failure> {
    let request = ApproveTierProgrammeVersionRequest {
        name: resource("tierProgrammeVersions", &args.version),
        etag: String::new(),
        request_id: request_id(None),
    };
    told(args.json, &client.approve_tier_programme_version(request).await?.into_inner());
    Ok(())
}

/// Puts in force.
pub(super) async fn activate(mut client: Programmes, args: &ActivateArgs) -> Result<(), Failure> {
    let request = ActivateTierProgrammeVersionRequest {
        name: resource("tierProgrammeVersions", &args.version),
        effective_from: args.from,
        etag: String::new(),
        request_id: request_id(None),
    };
    told(args.json, &client.activate_tier_programme_version(request).await?.into_inner());
    Ok(())
}

/// Shows what a version would make of all partners, page by page, and how many rise, fall and stay.
pub(super) async fn preview(mut client: Programmes, args: &PreviewArgs) -> Result<(), Failure> {
    let mut request = PreviewTierProgrammeVersionRequest {
        name: resource("tierProgrammeVersions", &args.version),
        date: args.on,
        page_size: PAGE,
        page_token: String::new(),
    };
    let (mut up, mut down, mut same) = (0_i64, 0_i64, 0_i64);
    let mut rows = Vec::new();
    loop {
        let page = client.preview_tier_programme_version(request.clone()).await?.into_inner();
        up = up.saturating_add(page.up_count.into());
        down = down.saturating_add(page.down_count.into());
        same = same.saturating_add(page.same_count.into());
        for partner in page.partners.iter().filter(|partner| args.all || partner.r#move() != TierMove::Same) {
            if args.json { output::json_line(&message_json(partner)) } else { rows.push(row(partner)) }
        }
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    let counts = format!("{up} up, {down} down, {same} the same");
    if args.json {
        output::note(&counts);
    } else {
        output::line(&output::table(&left(["partner", "before", "after", "move"]), &rows));
        output::line(&counts);
    }
    Ok(())
}

fn row(partner: &PreviewedTier) -> Vec<String> {
    let moved = words(partner.r#move().as_str_name(), "TIER_MOVE_");
    vec![partner.partner.clone(), tier(&partner.before), tier(&partner.after), moved]
}

fn state(version: &TierProgrammeVersion) -> String {
    words(version.state().as_str_name(), "TIER_PROGRAMME_STATE_")
}

fn told(json: bool, version: &TierProgrammeVersion) {
    let from = version.effective_from.as_ref().map(|day| format!(" from {}", date_text(day))).unwrap_or_default();
    show(json, version, &format!("{} is {}{from} (author {})", version.name, state(version), version.author));
}
