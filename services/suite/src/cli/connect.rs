//! The way to a server: one that is named, one that is found on this machine, or one started for the command.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use clap::Args;
use tonic::{
    Request, Status,
    metadata::{Ascii, MetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
    transport::Channel,
};
use tributary_core::{Clock, SystemClock};
use tributary_proto::{
    google::longrunning::operations_client::OperationsClient,
    tributary::{
        analytics::v1::{
            attribution_service_client::AttributionServiceClient, ingest_service_client::IngestServiceClient,
            metric_service_client::MetricServiceClient, target_service_client::TargetServiceClient,
        },
        contract::v1::{
            alert_service_client::AlertServiceClient, contract_service_client::ContractServiceClient,
            obligation_service_client::ObligationServiceClient,
        },
        event::v1::event_service_client::EventServiceClient,
        gateway::v1::api_key_service_client::ApiKeyServiceClient,
        incentive::v1::{
            accrual_service_client::AccrualServiceClient, closing_service_client::ClosingServiceClient,
            deposit_service_client::DepositServiceClient, fact_service_client::FactServiceClient,
            fund_service_client::FundServiceClient, go_live_service_client::GoLiveServiceClient,
            ledger_service_client::LedgerServiceClient, plan_service_client::PlanServiceClient,
            run_service_client::RunServiceClient, simulation_service_client::SimulationServiceClient,
            subsidy_service_client::SubsidyServiceClient,
        },
        partner::v1::{
            document_service_client::DocumentServiceClient, hierarchy_service_client::HierarchyServiceClient,
            partner_service_client::PartnerServiceClient, tier_service_client::TierServiceClient,
        },
    },
};

use super::{Failure, secure::TlsArgs};
use crate::{settings::SuiteSettings, suite::RunningSuite};

/// Where `tributary up` listens unless told otherwise.
pub const DEFAULT_ENDPOINT: &str = "http://127.0.0.1:7420";

/// Where `tributary up` keeps its data unless told otherwise.
pub const DEFAULT_DATA: &str = "data";

/// Largest answer that is accepted.
pub(super) const MAX_ANSWER: usize = 16 * 1024 * 1024;

/// Which server a command talks to.
#[derive(Debug, Clone, Default, Args)]
pub struct ConnectArgs {
    /// Gateway of the suite [default: http://127.0.0.1:7420 if something listens there, else an embedded suite on ./data]
    #[arg(long, env = "TRIBUTARY_ENDPOINT", value_name = "URL", global = true, help_heading = "Connection")]
    pub endpoint: Option<String>,
    /// API key to send [default for the local suite: the one in DATA/bootstrap.key]
    #[arg(
        long,
        env = "TRIBUTARY_API_KEY",
        value_name = "KEY",
        hide_env_values = true,
        global = true,
        help_heading = "Connection"
    )]
    pub api_key: Option<String>,
    /// Token of an OpenID Connect issuer that the gateway believes, to send instead of an API key
    #[arg(
        long,
        env = "TRIBUTARY_TOKEN",
        value_name = "JWT",
        hide_env_values = true,
        global = true,
        help_heading = "Connection"
    )]
    pub token: Option<String>,
    /// Data directory: "up" keeps its data there [default: ./data]; any other command starts a suite on it for itself, instead of talking to a running one
    #[arg(long, value_name = "DIR", global = true, help_heading = "Connection")]
    pub data: Option<PathBuf>,
    /// How it is talked to by https.
    #[command(flatten)]
    pub tls: TlsArgs,
}

impl ConnectArgs {
    /// What to send, if anything was given.
    fn credential(&self) -> Result<Option<String>, Failure> {
        match (given(&self.api_key), given(&self.token)) {
            // Who acts must be plain: makers and checkers are told apart by it.
            (Some(_), Some(_)) => Err(Failure::usage(
                "there are an API key and a token (by --api-key, --token, TRIBUTARY_API_KEY or TRIBUTARY_TOKEN); give one of them",
            )),
            (key, token) => Ok(token.or(key).map(str::to_owned)),
        }
    }

    /// That no token is left out in silence: a suite that is started for a command is entered with its own key.
    fn no_token(&self) -> Result<(), Failure> {
        match given(&self.token) {
            Some(_) => Err(Failure::usage(
                "a token (--token or TRIBUTARY_TOKEN) is for a server; name it by --endpoint, or start it with \"tributary up\"",
            )),
            None => Ok(()),
        }
    }
}

/// A text that is there: a variable that is set to nothing is none.
fn given(text: &Option<String>) -> Option<&str> {
    text.as_deref().map(str::trim).filter(|text| !text.is_empty())
}

/// Adds the API key or the token to every request; none where a certificate says who calls.
#[derive(Debug, Clone)]
pub struct WithKey(Option<MetadataValue<Ascii>>);

impl Interceptor for WithKey {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(key) = &self.0 {
            request.metadata_mut().insert("authorization", key.clone());
        }
        Ok(request)
    }
}

/// A channel that sends the key.
pub type Keyed = InterceptedService<Channel, WithKey>;
/// Client of FactService.
pub type FactClient = FactServiceClient<Keyed>;
/// Client of PartnerService.
pub type PartnerClient = PartnerServiceClient<Keyed>;
/// Client of PlanService.
pub type PlanClient = PlanServiceClient<Keyed>;
/// Client of RunService.
pub type RunClient = RunServiceClient<Keyed>;

/// A server to talk to, with the key to use there.
#[derive(Debug)]
pub struct Connection {
    /// Where it answers.
    pub endpoint: String,
    /// The data directory, if the suite was started for this command.
    pub embedded: Option<PathBuf>,
    channel: Channel,
    key: WithKey,
    suite: Option<RunningSuite>,
}

impl Connection {
    /// Finds or starts the server.
    ///
    /// # Errors
    /// When the arguments contradict each other, nothing answers, or the suite does not start.
    pub async fn open(args: &ConnectArgs) -> Result<Self, Failure> {
        if let Some(data) = &args.data {
            if args.endpoint.is_some() {
                return Err(Failure::usage("--data and --endpoint name two servers; give one of them"));
            }
            args.no_token()?;
            return Self::embedded(data, None).await;
        }
        if let Some(endpoint) = &args.endpoint {
            let key = args.credential()?;
            if key.is_none() && args.tls.shows_who() {
                return Self::remote(endpoint, WithKey(None), &args.tls, None).await;
            }
            let key = key.or_else(|| bootstrap_key(Path::new(DEFAULT_DATA))).ok_or_else(|| {
                Failure::usage(
                    "no API key and no token; give --api-key or --token, or set TRIBUTARY_API_KEY or TRIBUTARY_TOKEN",
                )
            })?;
            return Self::remote(endpoint, key_header(&key)?, &args.tls, None).await;
        }
        let local = SocketAddr::from((Ipv4Addr::LOCALHOST, 7420));
        let waiting = tokio::net::TcpStream::connect(local);
        if tokio::time::timeout(Duration::from_millis(500), waiting).await.is_ok_and(|r| r.is_ok()) {
            let key = args.credential()?.or_else(|| bootstrap_key(Path::new(DEFAULT_DATA)));
            let key = key.ok_or_else(|| {
                Failure::usage(format!(
                    "a server listens at {DEFAULT_ENDPOINT}, but there is no ./data/bootstrap.key; give --api-key or --token, or --data DIR"
                ))
            })?;
            return Self::remote(DEFAULT_ENDPOINT, key_header(&key)?, &TlsArgs::default(), None).await;
        }
        args.no_token()?;
        crate::output::note("no server here; starting a suite on ./data for this command");
        Self::embedded(Path::new(DEFAULT_DATA), None).await
    }

    /// Starts a suite for this command. It listens on a free port of this machine only.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn embedded(data: &Path, store: Option<String>) -> Result<Self, Failure> {
        Self::embedded_at(data, store, Arc::new(SystemClock)).await
    }

    /// The same with another clock: for a suite that plays in another year.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn embedded_at(data: &Path, store: Option<String>, clock: Arc<dyn Clock>) -> Result<Self, Failure> {
        // Zone and store may come from the environment, as for `up`; the address never, so as not to be in the way.
        let mut flags = vec![
            ("data_dir".to_owned(), data.display().to_string()),
            ("listen".to_owned(), SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).to_string()),
        ];
        if std::env::var_os("TRIBUTARY_LOG__FILTER").is_none() {
            flags.push(("log.filter".to_owned(), "warn".to_owned()));
        }
        flags.extend(store.map(|store| ("store".to_owned(), store)));
        let mut settings = SuiteSettings::load(None, flags).map_err(|e| Failure::usage(format!("{e:#}")))?;
        // Nobody else comes in, and no certificate is for a port of this machine.
        (settings.gateway.tls, settings.gateway.identity.clients) = Default::default();
        Self::of_suite(RunningSuite::start_at(settings, clock).await?, data).await
    }

    /// Talks to a suite of this process.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn of_suite(suite: RunningSuite, data: &Path) -> Result<Self, Failure> {
        let (endpoint, key) = (suite.endpoint.clone(), suite.api_key.clone());
        let mut connection = Self::remote(&endpoint, key_header(&key)?, &TlsArgs::default(), Some(suite)).await?;
        connection.embedded = Some(data.to_owned());
        Ok(connection)
    }

    async fn remote(endpoint: &str, key: WithKey, tls: &TlsArgs, suite: Option<RunningSuite>) -> Result<Self, Failure> {
        let uri = if endpoint.contains("://") { endpoint.to_owned() } else { format!("http://{endpoint}") };
        let channel = tls.endpoint(&uri)?.connect().await?;
        Ok(Self { endpoint: uri, embedded: None, channel, key, suite })
    }

    /// The same server with another key.
    ///
    /// # Errors
    /// When the key has characters that no header can hold.
    pub fn keyed(&self, key: &str) -> Result<Keyed, Failure> {
        Ok(InterceptedService::new(self.channel.clone(), key_header(key)?))
    }

    /// The channel, for a method without a client of its own here.
    #[must_use]
    pub fn own(&self) -> Keyed {
        InterceptedService::new(self.channel.clone(), self.key.clone())
    }

    /// Facts.
    #[must_use]
    pub fn facts(&self) -> FactClient {
        FactServiceClient::new(self.own()).max_decoding_message_size(MAX_ANSWER)
    }

    /// Partners.
    #[must_use]
    pub fn partners(&self) -> PartnerClient {
        PartnerServiceClient::new(self.own()).max_decoding_message_size(MAX_ANSWER)
    }

    /// Documents of partners.
    #[must_use]
    pub fn documents(&self) -> DocumentServiceClient<Keyed> {
        DocumentServiceClient::new(self.own()).max_decoding_message_size(MAX_ANSWER)
    }

    /// Who works under whom.
    #[must_use]
    pub fn hierarchy(&self) -> HierarchyServiceClient<Keyed> {
        HierarchyServiceClient::new(self.own())
    }

    /// Tiers.
    #[must_use]
    pub fn tiers(&self) -> TierServiceClient<Keyed> {
        TierServiceClient::new(self.own())
    }

    /// Programmes and plans.
    #[must_use]
    pub fn plans(&self) -> PlanClient {
        PlanServiceClient::new(self.own()).max_decoding_message_size(MAX_ANSWER)
    }

    /// Runs and statements.
    #[must_use]
    pub fn runs(&self) -> RunClient {
        RunServiceClient::new(self.own()).max_decoding_message_size(MAX_ANSWER)
    }

    /// Locked periods, and runs for proof.
    #[must_use]
    pub fn closing(&self) -> ClosingServiceClient<Keyed> {
        ClosingServiceClient::new(self.own()).max_decoding_message_size(MAX_ANSWER)
    }

    /// Deposits.
    #[must_use]
    pub fn deposits(&self) -> DepositServiceClient<Keyed> {
        DepositServiceClient::new(self.own()).max_decoding_message_size(MAX_ANSWER)
    }

    /// Funds.
    #[must_use]
    pub fn funds(&self) -> FundServiceClient<Keyed> {
        FundServiceClient::new(self.own()).max_decoding_message_size(MAX_ANSWER)
    }

    /// Subsidies from funds.
    #[must_use]
    pub fn subsidies(&self) -> SubsidyServiceClient<Keyed> {
        SubsidyServiceClient::new(self.own()).max_decoding_message_size(MAX_ANSWER)
    }

    /// The ledger.
    #[must_use]
    pub fn ledger(&self) -> LedgerServiceClient<Keyed> {
        LedgerServiceClient::new(self.own()).max_decoding_message_size(MAX_ANSWER)
    }

    /// What partners have earned so far.
    #[must_use]
    pub fn accruals(&self) -> AccrualServiceClient<Keyed> {
        AccrualServiceClient::new(self.own()).max_decoding_message_size(MAX_ANSWER)
    }

    /// What a draft would do.
    #[must_use]
    pub fn simulations(&self) -> SimulationServiceClient<Keyed> {
        SimulationServiceClient::new(self.own()).max_decoding_message_size(MAX_ANSWER)
    }

    /// What an older system stated.
    #[must_use]
    pub fn go_live(&self) -> GoLiveServiceClient<Keyed> {
        GoLiveServiceClient::new(self.own()).max_decoding_message_size(MAX_ANSWER)
    }

    /// Contracts.
    #[must_use]
    pub fn contracts(&self) -> ContractServiceClient<Keyed> {
        ContractServiceClient::new(self.own()).max_decoding_message_size(MAX_ANSWER)
    }

    /// Obligations of contracts.
    #[must_use]
    pub fn obligations(&self) -> ObligationServiceClient<Keyed> {
        ObligationServiceClient::new(self.own()).max_decoding_message_size(MAX_ANSWER)
    }

    /// Warnings and commitments.
    #[must_use]
    pub fn alerts(&self) -> AlertServiceClient<Keyed> {
        AlertServiceClient::new(self.own()).max_decoding_message_size(MAX_ANSWER)
    }

    /// Figures.
    #[must_use]
    pub fn metrics(&self) -> MetricServiceClient<Keyed> {
        MetricServiceClient::new(self.own()).max_decoding_message_size(MAX_ANSWER)
    }

    /// Targets.
    #[must_use]
    pub fn targets(&self) -> TargetServiceClient<Keyed> {
        TargetServiceClient::new(self.own()).max_decoding_message_size(MAX_ANSWER)
    }

    /// Touchpoints and costs.
    #[must_use]
    pub fn intake(&self) -> IngestServiceClient<Keyed> {
        IngestServiceClient::new(self.own()).max_decoding_message_size(MAX_ANSWER)
    }

    /// Journeys and attribution.
    #[must_use]
    pub fn attribution(&self) -> AttributionServiceClient<Keyed> {
        AttributionServiceClient::new(self.own()).max_decoding_message_size(MAX_ANSWER)
    }

    /// Long-running operations.
    #[must_use]
    pub fn operations(&self) -> OperationsClient<Keyed> {
        OperationsClient::new(self.own())
    }

    /// Events between services.
    #[must_use]
    pub fn events(&self) -> EventServiceClient<Keyed> {
        EventServiceClient::new(self.own()).max_decoding_message_size(MAX_ANSWER)
    }

    /// API keys.
    #[must_use]
    pub fn keys(&self) -> ApiKeyServiceClient<Keyed> {
        ApiKeyServiceClient::new(self.own())
    }

    /// Stops the suite that was started for the command, if any.
    ///
    /// # Errors
    /// When it does not stop in time.
    pub async fn close(self) -> Result<(), Failure> {
        let Self { channel, suite, .. } = self;
        // The server waits for open connections, so ours goes first.
        drop(channel);
        match suite {
            Some(suite) => Ok(suite.stop().await?),
            None => Ok(()),
        }
    }

    /// Serves until a signal comes, for `demo --keep`.
    ///
    /// # Errors
    /// When it does not stop in time.
    pub async fn serve(self) -> Result<(), Failure> {
        let Self { channel, suite, .. } = self;
        drop(channel);
        match suite {
            Some(suite) => Ok(suite.until_stopped().await?),
            None => Ok(()),
        }
    }
}

fn key_header(key: &str) -> Result<WithKey, Failure> {
    MetadataValue::try_from(format!("Bearer {}", key.trim())).map(|key| WithKey(Some(key))).map_err(|_| {
        Failure::usage(
            "the API key or token has characters that none has; a key looks like trib_…, a token like eyJ….…",
        )
    })
}

fn bootstrap_key(data: &Path) -> Option<String> {
    let key = std::fs::read_to_string(data.join("bootstrap.key")).ok()?;
    Some(key.trim().to_owned()).filter(|k| !k.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{ConnectArgs, Connection, Failure};

    #[tokio::test]
    async fn a_token_is_not_left_out_by_a_suite_of_ones_own() {
        let args = ConnectArgs { token: Some("t".to_owned()), data: Some("nowhere".into()), ..ConnectArgs::default() };
        let refused = Connection::open(&args).await.expect_err("a usage error");
        assert!(matches!(&refused, Failure::Usage(why) if why.contains("--token")), "{refused}");
    }

    #[test]
    fn a_key_or_a_token_but_not_both() {
        let args = |api_key: Option<&str>, token: Option<&str>| ConnectArgs {
            api_key: api_key.map(str::to_owned),
            token: token.map(str::to_owned),
            ..ConnectArgs::default()
        };
        for (key, token, sent) in [
            (None, None, None),
            (Some("k"), None, Some("k")),
            (None, Some("t"), Some("t")),
            (Some("k"), Some(""), Some("k")),
            (Some(" "), Some("t"), Some("t")),
        ] {
            assert_eq!(args(key, token).credential(), Ok(sent.map(str::to_owned)));
            assert_eq!(args(key, token).no_token().is_ok(), sent != Some("t"));
        }
        assert!(args(Some("k"), Some("t")).credential().is_err());
    }
}
