//! The `Principal` and `NotPrincipal` elements.

use crate::{Principal, Request, malformed::Reason, statement::Effect};

/// How closely a statement names the caller, from loose to exact; what an Allow is worth depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Naming {
    /// By its account, which delegates to the account's own policies.
    Account,
    /// By the role of its session.
    Role,
    /// By its own ARN or service name, or as one of everybody.
    Caller,
}

/// A whole element.
#[derive(Clone, Debug)]
pub(crate) enum PrincipalElement {
    Only(Vec<PrincipalName>),
    AllBut(Vec<PrincipalName>),
}

/// One name in the element.
#[derive(Clone, Debug)]
pub(crate) enum PrincipalName {
    /// `"*"`
    Everyone,
    /// `{"AWS": "*"}`: services are not among them.
    EveryAwsPrincipal,
    /// `{"AWS": "123456789012"}` or the account's root.
    Account {
        account: String,
        written: String,
    },
    Arn(String),
    Service(String),
    /// An identity provider: those whom its tokens tell of.
    Federated(String),
    /// The unique id of a user or role that is gone, which stands where its ARN stood (documented): it names nobody.
    Gone(String),
    /// A canonical user. No request of ours comes from one, so it names nobody.
    Elsewhere,
}

impl PrincipalName {
    /// Reads one value of the element's object.
    pub(crate) fn parse(kind: &str, name: &str) -> Result<Self, Reason> {
        let parsed = match kind {
            "AWS" => aws_name(name),
            "Service" => service_name(name),
            "Federated" => (!name.is_empty()).then(|| Self::Federated(name.to_owned())),
            "CanonicalUser" => (!name.is_empty()).then_some(Self::Elsewhere),
            _ => return Err(Reason::UnknownField(kind.to_owned())),
        };
        parsed.ok_or_else(|| Reason::Principal { kind: kind.to_owned(), name: name.to_owned() })
    }

    fn naming(&self, request: &Request) -> Option<Naming> {
        let caller = &request.principal;
        match self {
            Self::Everyone => Some(Naming::Caller),
            Self::EveryAwsPrincipal => {
                let aws = !matches!(caller, Principal::Service { .. } | Principal::WebIdentity { .. });
                aws.then_some(Naming::Caller)
            }
            Self::Account { account, .. } if caller.account() == Some(account) => {
                let root = matches!(caller, Principal::AccountRoot { .. });
                Some(if root { Naming::Caller } else { Naming::Account })
            }
            Self::Arn(arn) => naming_by_arn(arn, caller),
            Self::Federated(provider) => names_provider(provider, caller).then_some(Naming::Caller),
            Self::Service(name) => names_service(name, request).then_some(Naming::Caller),
            Self::Account { .. } | Self::Gone(_) | Self::Elsewhere => None,
        }
    }
}

impl PrincipalElement {
    /// How the element names the caller, or none where it leaves it out.
    pub(crate) fn naming(&self, request: &Request, effect: Effect) -> Option<Naming> {
        match self {
            Self::Only(names) => names.iter().filter_map(|name| name.naming(request)).max(),
            Self::AllBut(names) => (!excepts(names, request, effect)).then_some(Naming::Caller),
        }
    }

    /// Whether everybody is among the names, or is named by leaving some out.
    pub(crate) fn names_everybody(&self) -> bool {
        match self {
            Self::Only(names) => names
                .iter()
                .any(|name| matches!(name, PrincipalName::Everyone | PrincipalName::EveryAwsPrincipal)),
            Self::AllBut(_) => true,
        }
    }

    /// Whether a whole account is among the names.
    pub(crate) fn names_accounts(&self) -> bool {
        let (Self::Only(names) | Self::AllBut(names)) = self;
        names.iter().any(|name| matches!(name, PrincipalName::Account { .. }))
    }

    /// The `AWS` names as written, without `*`.
    pub(crate) fn aws_names(&self) -> impl Iterator<Item = &str> {
        let (Self::Only(names) | Self::AllBut(names)) = self;
        names.iter().filter_map(|name| match name {
            PrincipalName::Account { written, .. } => Some(written.as_str()),
            PrincipalName::Arn(name) | PrincipalName::Gone(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// The `Service` names as written.
    pub(crate) fn service_names(&self) -> impl Iterator<Item = &str> {
        let (Self::Only(names) | Self::AllBut(names)) = self;
        names.iter().filter_map(|name| match name {
            PrincipalName::Service(name) => Some(name.as_str()),
            _ => None,
        })
    }
}

/// Whether `NotPrincipal` leaves the caller out of the statement.
///
/// Documented for Deny: a user escapes only where its account is listed too, and a session only where its
/// role and its account are; otherwise the Deny "might" cover them. We take the strict reading.
fn excepts(names: &[PrincipalName], request: &Request, effect: Effect) -> bool {
    let mut found = names.iter().filter_map(|name| name.naming(request));
    if effect == Effect::Allow || names.iter().any(|name| matches!(name, PrincipalName::Everyone)) {
        return found.next().is_some();
    }
    let found: Vec<Naming> = found.collect();
    let needed: &[Naming] = match &request.principal {
        Principal::User { .. } | Principal::FederatedUser { .. } => &[Naming::Account, Naming::Caller],
        Principal::RoleSession { .. } => &[Naming::Account, Naming::Role, Naming::Caller],
        Principal::AccountRoot { .. }
        | Principal::WebIdentity { .. }
        | Principal::Service { .. }
        | Principal::Anonymous => &[Naming::Caller],
    };
    needed.iter().all(|naming| found.contains(naming))
}

fn naming_by_arn(arn: &str, caller: &Principal) -> Option<Naming> {
    match caller {
        Principal::User { arn: own, .. } | Principal::FederatedUser { arn: own, .. } if own == arn => {
            Some(Naming::Caller)
        }
        // The role first: a simulated role has no session of its own.
        Principal::RoleSession { role_arn, .. } if role_arn == arn => Some(Naming::Role),
        Principal::RoleSession { session_arn, .. } if session_arn == arn => Some(Naming::Caller),
        _ => None,
    }
}

/// `redshift.amazonaws.com`, or `redshift.REGION.amazonaws.com` in that region only (documented).
fn names_service(listed: &str, request: &Request) -> bool {
    let Principal::Service { name } = &request.principal else { return false };
    if listed == name {
        return true;
    }
    let region = request.context.get("aws:RequestedRegion").and_then(<[String]>::first);
    match (region, name.split_once('.')) {
        (Some(region), Some((service, domain))) => listed == format!("{service}.{region}.{domain}"),
        _ => false,
    }
}

fn names_provider(listed: &str, caller: &Principal) -> bool {
    matches!(caller, Principal::WebIdentity { provider_arn, .. } if provider_arn == listed)
}

/// The id of a user or of a role (documented: IAM identifiers).
fn is_unique_id(name: &str) -> bool {
    let rest = name.strip_prefix("AIDA").or_else(|| name.strip_prefix("AROA"));
    rest.is_some_and(|rest| {
        rest.len() >= 12 && rest.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
    })
}

fn aws_name(name: &str) -> Option<PrincipalName> {
    if name == "*" {
        return Some(PrincipalName::EveryAwsPrincipal);
    }
    if is_account(name) {
        return Some(PrincipalName::Account { account: name.to_owned(), written: name.to_owned() });
    }
    if is_unique_id(name) {
        return Some(PrincipalName::Gone(name.to_owned()));
    }
    let parts: Vec<&str> = name.splitn(6, ':').collect();
    let ["arn", partition, service, "", account, resource] = parts.as_slice() else { return None };
    if name.contains(['*', '?']) || !partition.starts_with("aws") || !is_account(account) {
        return None;
    }
    match (*service, resource.split_once('/')) {
        ("iam", None) if *resource == "root" => {
            Some(PrincipalName::Account { account: (*account).to_owned(), written: name.to_owned() })
        }
        ("iam", Some(("user" | "role", path))) | ("sts", Some(("assumed-role" | "federated-user", path)))
            if !path.is_empty() =>
        {
            Some(PrincipalName::Arn(name.to_owned()))
        }
        _ => None,
    }
}

fn service_name(name: &str) -> Option<PrincipalName> {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'));
    (plain && name.contains('.')).then(|| PrincipalName::Service(name.to_owned()))
}

pub(crate) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}
