//! How often a caller may call: rates of a key, or of a subject of tokens, on a method, and of a tenant; a quota of a tenant.

use std::{collections::BTreeMap, num::NonZeroU32, sync::Arc};

use serde::{Deserialize, Serialize};
use tributary_core::{Fault, Reason, Violations};
use tributary_limits::{Decision, Limiter, Rate};
use tributary_rpc::status::RETRY_AFTER_MS;

use super::methods::{Method, MethodTable};
use crate::{
    app::authenticate::{Caller, Credential},
    reasons::{QUOTA_EXHAUSTED, RATE_LIMITED},
};

/// What is set about rates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitSettings {
    /// Of each key, or each subject of tokens, on each method.
    pub caller_and_method: Option<Rate>,
    /// Of the same on single methods, instead: by full name, such as
    /// "tributary.incentive.v1.RunService/Calculate".
    pub methods: BTreeMap<String, Rate>,
    /// Of all callers of a tenant together.
    pub tenant: Option<Rate>,
    /// What a tenant may call in a long time, a day or a month.
    pub tenant_quota: Option<Rate>,
}

impl Default for LimitSettings {
    fn default() -> Self {
        // High enough that no honest caller meets it, low enough that one caller does not take everything.
        let rate = NonZeroU32::new(10_000).map(|calls| Rate::new(calls, NonZeroU32::MIN));
        Self { caller_and_method: rate, methods: BTreeMap::new(), tenant: None, tenant_quota: None }
    }
}

impl LimitSettings {
    /// Notes every method that there is not.
    pub fn check(&self, field: &str, violations: &mut Violations) {
        let table = MethodTable::from_pool(tributary_proto::pool());
        for name in self.methods.keys().filter(|name| table.get(&format!("/{name}")).is_none()) {
            let why = format!("{name:?} is not a method; write it as tributary.AREA.v1.SERVICE/METHOD");
            violations.add(format!("{field}.methods"), why);
        }
    }
}

/// Counts calls.
#[derive(Debug)]
pub(super) struct Rates {
    settings: LimitSettings,
    limiter: Arc<dyn Limiter>,
}

impl Rates {
    pub(super) fn new(settings: LimitSettings, limiter: Arc<dyn Limiter>) -> Self {
        Self { settings, limiter }
    }

    /// Counts a call of a caller.
    ///
    /// # Errors
    /// `RATE_LIMITED`, `QUOTA_EXHAUSTED`, with the time after which one may try again.
    pub(super) async fn count(&self, caller: &Caller, path: &str, method: &Method) -> Result<(), Fault> {
        let name = path.trim_start_matches('/');
        let tenant = caller.tenant.as_str();
        if let Some(rate) = self.settings.methods.get(name).or(self.settings.caller_and_method.as_ref()) {
            let key = match &caller.credential {
                Credential::Key(prefix) => format!("{tenant}/k/{prefix}/{}", method.number),
                // Tokens and certificates come and go; who sends them is counted.
                Credential::Token | Credential::Certificate => {
                    format!("{tenant}/s/{}/{}", method.number, caller.subject)
                }
            };
            self.take(RATE_LIMITED, "caller_and_method", &key, rate).await?;
        }
        if let Some(rate) = &self.settings.tenant {
            self.take(RATE_LIMITED, "tenant", &format!("{tenant}/t"), rate).await?;
        }
        match &self.settings.tenant_quota {
            Some(rate) => self.take(QUOTA_EXHAUSTED, "tenant_quota", &format!("{tenant}/q"), rate).await,
            None => Ok(()),
        }
    }

    async fn take(&self, reason: Reason, limit: &str, key: &str, rate: &Rate) -> Result<(), Fault> {
        match self.limiter.take(key, rate).await {
            Decision::Allowed => Ok(()),
            Decision::Denied { retry_after } => {
                let (calls, seconds) = (rate.calls, rate.seconds);
                let after = retry_after.as_millis().max(1);
                let why = format!("more than {calls} calls in {seconds} s ({limit}); try again in {after} ms");
                Err(Fault::new(reason, why).with("limit", limit).with(RETRY_AFTER_MS, after.to_string()))
            }
        }
    }
}
