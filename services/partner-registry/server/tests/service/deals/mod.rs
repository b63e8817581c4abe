//! Deals: registered first come first served, decided, extended, closed, expired by the calendar.

mod decide;
mod expiry;
mod lists;
mod policy;
mod register;
mod together;

use tributary_core::Role;
use tributary_proto::{
    google::r#type::{Date, Money},
    tributary::partner::v1 as pb,
};
use tributary_rpc::status::Described;

use crate::harness::{Suite, answer, dealer, name};

type Result<T> = std::result::Result<T, Box<Described>>;

const LINE: &str = "mountain-bikes";

fn deal_name(partner: &str, own: &str) -> String {
    format!("partners/{partner}/deals/{own}")
}

fn cny(units: i64) -> Option<Money> {
    Some(Money { currency_code: "CNY".to_owned(), units, nanos: 0 })
}

/// A deal with nothing wrong.
fn deal(customer: &str) -> pb::Deal {
    pb::Deal {
        customer: Some(pb::DealCustomer { display_name: customer.to_owned(), registration: None }),
        product_line: LINE.to_owned(),
        value: cny(250_000),
        ..Default::default()
    }
}

fn numbered(customer: &str, number: &str) -> pb::Deal {
    let registration = Some(pb::Registration { scheme: "CN-USCC".to_owned(), number: number.to_owned() });
    pb::Deal { customer: Some(pb::DealCustomer { display_name: customer.to_owned(), registration }), ..deal(customer) }
}

fn registering(partner: &str, own: &str, deal: pb::Deal) -> pb::RegisterDealRequest {
    pb::RegisterDealRequest { parent: name(partner), deal: Some(deal), deal_id: own.to_owned(), ..Default::default() }
}

impl Suite {
    /// Active partners of these ids.
    async fn dealers(&self, ids: &[&str]) {
        for id in ids {
            self.create(id, dealer(id)).await.expect("created");
        }
    }

    /// The channel manager registers a deal.
    async fn register(&self, partner: &str, own: &str, deal: pb::Deal) -> Result<pb::Deal> {
        answer(self.deals().register_deal(self.ask(registering(partner, own, deal))).await)
    }

    /// The chief, who registers nothing, approves it.
    async fn approve_deal(&self, name: &str) -> Result<pb::Deal> {
        let request = pb::ApproveDealRequest { name: name.to_owned(), ..Default::default() };
        answer(self.deals().approve_deal(self.ask_as("chief", Role::ChannelManager, request)).await)
    }

    /// The chief rejects it.
    async fn reject_deal(&self, name: &str) -> Result<pb::Deal> {
        let reason = "a customer of the house".to_owned();
        let request = pb::RejectDealRequest { name: name.to_owned(), reason, ..Default::default() };
        answer(self.deals().reject_deal(self.ask_as("chief", Role::ChannelManager, request)).await)
    }

    async fn withdraw_deal(&self, name: &str) -> Result<pb::Deal> {
        let reason = "given up".to_owned();
        let request = pb::WithdrawDealRequest { name: name.to_owned(), reason, ..Default::default() };
        answer(self.deals().withdraw_deal(self.ask(request)).await)
    }

    async fn extend_deal(&self, name: &str, protection_end: Option<Date>) -> Result<pb::Deal> {
        let (name, reason) = (name.to_owned(), "招标推迟".to_owned());
        let request = pb::ExtendDealRequest { name, protection_end, reason, ..Default::default() };
        answer(self.deals().extend_deal(self.ask(request)).await)
    }

    async fn convert_deal(&self, name: &str, order_date: Option<Date>) -> Result<pb::Deal> {
        let conversion =
            Some(pb::DealConversion { order_reference: "SO-1".to_owned(), amount: cny(240_000), order_date });
        let request = pb::ConvertDealRequest { name: name.to_owned(), conversion, ..Default::default() };
        answer(self.deals().convert_deal(self.ask(request)).await)
    }

    async fn deal(&self, name: &str) -> pb::Deal {
        let request = pb::GetDealRequest { name: name.to_owned() };
        answer(self.deals().get_deal(self.ask(request)).await).expect("there")
    }

    /// The history, oldest first.
    async fn deal_history(&self, name: &str) -> Vec<pb::DealRevision> {
        let request = pb::ListDealRevisionsRequest { name: name.to_owned(), ..Default::default() };
        let mut all = answer(self.deals().list_deal_revisions(self.ask(request)).await).expect("there").revisions;
        all.reverse();
        all
    }

    /// The names that a filter finds among the deals of a partner, or of all.
    async fn found(&self, parent: &str, filter: &str) -> Result<Vec<String>> {
        let request = pb::ListDealsRequest { parent: name(parent), filter: filter.to_owned(), ..Default::default() };
        let page = answer(self.deals().list_deals(self.ask(request)).await)?;
        Ok(page.deals.into_iter().map(|deal| deal.name).collect())
    }

    /// Other rules, every field of them.
    async fn policy(&self, policy: pb::DealPolicy) -> Result<pb::DealPolicy> {
        self.policy_fields(policy, &["*"]).await
    }

    /// Some fields of other rules.
    async fn policy_fields(&self, policy: pb::DealPolicy, paths: &[&str]) -> Result<pb::DealPolicy> {
        let (deal_policy, reason) = (Some(policy), "conference".to_owned());
        let paths = paths.iter().map(|path| (*path).to_owned()).collect();
        let update_mask = Some(prost_types::FieldMask { paths });
        let request = pb::UpdateDealPolicyRequest { deal_policy, update_mask, reason, ..Default::default() };
        answer(self.deals().update_deal_policy(self.ask(request)).await)
    }

    async fn policy_in_force(&self) -> pb::DealPolicy {
        answer(self.deals().get_deal_policy(self.ask(pb::GetDealPolicyRequest {})).await).expect("there")
    }
}
