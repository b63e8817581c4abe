//! Reminders that were sent.

use clap::Args;
use tributary_proto::tributary::contract::v1::{ListRemindersRequest, Reminder};

use crate::{
    cli::{
        Connection, Failure,
        look::{self, ListArgs, all_of, left},
    },
    output::{date_text, moment_text, name},
};

/// Which reminders.
#[derive(Debug, Args)]
pub struct RemindersArgs {
    /// Only of this partner: resource name, id, or SYSTEM:ID
    #[arg(long)]
    pub partner: Option<String>,
    /// Filter over partner, contract, obligation, step and remind_on
    #[arg(long, default_value = "")]
    pub filter: String,
    /// How much of it.
    #[command(flatten)]
    pub list: ListArgs,
}

/// Lists them.
pub(super) async fn run(connection: &Connection, args: &RemindersArgs) -> Result<(), Failure> {
    let filter = all_of(&args.filter, super::of_partner(connection, args.partner.as_deref()).await?);
    let page = async |page_size, page_token| {
        let request = ListRemindersRequest { page_size, page_token, filter: filter.clone() };
        let page = connection.obligations().list_reminders(request).await?.into_inner();
        Ok((page.reminders, page.next_page_token))
    };
    let columns = left(["sent", "step", "due on", "partner", "about", "what", "owner"]);
    let row = |reminder: &Reminder| {
        let about = if reminder.obligation.is_empty() { &reminder.contract } else { &reminder.obligation };
        vec![
            moment_text(reminder.create_time.as_ref()),
            name(reminder.step().as_str_name(), "REMINDER_STEP_"),
            reminder.due_on.as_ref().map(date_text).unwrap_or_default(),
            reminder.partner.clone(),
            about.clone(),
            reminder.text.clone(),
            reminder.owner.clone(),
        ]
    };
    look::print((args.list.top, args.list.json), &columns, row, page).await
}
