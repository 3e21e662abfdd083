//! What became known of one request on its way.

use std::time::SystemTime;

use http::HeaderMap;
use linchpin_policy::Principal;

use crate::{
    Call, Fault, Payload, ServiceName,
    authenticate::{Caller, Credentials, Placement},
    partition::partition_of,
    record::Event,
    server::Transport,
    service::Protocol,
};

/// Ours: the most characters of an operation's name; AWS's longest have about sixty.
const LONGEST_NAME: usize = 128;

pub(super) struct Trip {
    pub(super) service: Option<ServiceName>,
    pub(super) protocol: Protocol,
    pub(super) transport: Transport,
    pub(super) partition: &'static str,
    pub(super) caller: Caller,
    /// Where the signature stands, and when it was made; none for the anonymous.
    pub(super) signed: Option<(Placement, String)>,
    /// Where the bucket of the call is, once that is known.
    pub(super) bucket_region: Option<String>,
    /// The fault that struck the call.
    pub(super) fault: Option<Fault>,
    pub(super) event: Event,
}

/// Documented: the ids of events are UUIDs.
fn uuid(number: u128) -> String {
    let digits = format!("{number:032x}");
    let starts = [(0, 8), (8, 12), (12, 16), (16, 20), (20, 32)];
    starts.iter().filter_map(|(start, end)| digits.get(*start..*end)).collect::<Vec<_>>().join("-")
}

/// AWS's SDKs tell more of themselves in a header of their own.
fn user_agent(headers: &HeaderMap) -> String {
    let told = headers.get("x-amz-user-agent").or_else(|| headers.get("user-agent"));
    told.and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

impl Trip {
    pub(super) fn start(protocol: Protocol, transport: Transport, headers: &HeaderMap) -> Self {
        let request_id = format!("{:016X}", rand::random::<u64>());
        let event = Event {
            time: SystemTime::now(),
            event_id: uuid(rand::random()),
            request_id,
            account: String::new(),
            principal: Principal::Anonymous.arn(),
            principal_id: None,
            role: None,
            session_began: None,
            source_identity: None,
            access_key_id: None,
            user_agent: user_agent(headers),
            service: String::new(),
            operation: String::new(),
            region: String::new(),
            request_parameters: None,
            response_elements: None,
            decisions: Vec::new(),
            status: 0,
            error: None,
            error_message: None,
            fault: None,
        };
        let caller = Caller::anonymous();
        Self {
            service: None,
            protocol,
            transport,
            partition: "aws",
            caller,
            signed: None,
            bucket_region: None,
            fault: None,
            event,
        }
    }

    pub(super) fn of_service(&mut self, service: ServiceName, region: &str) {
        self.service = Some(service);
        self.protocol = service.protocol();
        self.event.service = service.to_string();
        region.clone_into(&mut self.event.region);
        self.partition = partition_of(region);
    }

    /// Tells the record what a call says it is, before that is believed: a text that can be no name is left out.
    pub(super) fn name(&mut self, operation: &str) {
        if operation.len() <= LONGEST_NAME && operation.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            operation.clone_into(&mut self.event.operation);
        }
    }

    /// For calls that no signature tells a region of.
    pub(super) fn in_partition_of(&mut self, arn: &str) {
        self.partition = match arn.split(':').nth(1) {
            Some("aws-cn") => "aws-cn",
            Some("aws-us-gov") => "aws-us-gov",
            _ => "aws",
        };
    }

    pub(super) fn by(&mut self, caller: Caller) {
        self.event.account.clone_from(&caller.account);
        self.event.principal = caller.principal.arn();
        self.event.principal_id.clone_from(&caller.user_id);
        self.event.role = match &caller.principal {
            Principal::RoleSession { role_arn, .. } => Some(role_arn.clone()),
            _ => None,
        };
        self.event.session_began = match caller.credentials {
            Credentials::Temporary(began) => Some(began),
            Credentials::LongLived => None,
        };
        self.event.source_identity.clone_from(&caller.source_identity);
        self.event.access_key_id.clone_from(&caller.access_key_id);
        self.caller = caller;
    }

    pub(super) fn call(&self, payload: Payload) -> Call {
        Call {
            principal: self.caller.principal.clone(),
            account: self.caller.account.clone(),
            source_identity: self.caller.source_identity.clone(),
            transitive_tags: self.caller.transitive_tags.clone(),
            partition: self.partition.to_owned(),
            region: self.event.region.clone(),
            operation: self.event.operation.clone(),
            request_id: self.event.request_id.clone(),
            payload,
        }
    }
}
