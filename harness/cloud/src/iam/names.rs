//! Names and paths, and the identities made of them.

use linchpin_gateway::AwsError;

use super::{entities::Identity, errors, tags};
use crate::{
    account::Account,
    ids,
    query::{Params, Xml, timestamp, validation},
};

/// A kind of entity: how its parameters, ARNs, ids and errors spell it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    /// The parameter that names one.
    pub(super) parameter: &'static str,
    /// The kind in an ARN.
    pub(super) arn: &'static str,
    /// The first four characters of its ids.
    pub(super) id_prefix: &'static str,
    /// Documented: the longest name.
    pub(super) longest_name: usize,
    /// Documented: the quotas of an account.
    pub(super) quota: (&'static str, usize),
}

pub(super) const USER: Kind = Kind {
    parameter: "UserName",
    arn: "user",
    id_prefix: "AIDA",
    longest_name: 64,
    quota: ("UsersPerAccount", 5000),
};
pub(super) const GROUP: Kind = Kind {
    parameter: "GroupName",
    arn: "group",
    id_prefix: "AGPA",
    longest_name: 128,
    quota: ("GroupsPerAccount", 300),
};
pub(super) const ROLE: Kind = Kind {
    parameter: "RoleName",
    arn: "role",
    id_prefix: "AROA",
    longest_name: 64,
    quota: ("RolesPerAccount", 1000),
};
pub(super) const POLICY: Kind = Kind {
    parameter: "PolicyName",
    arn: "policy",
    id_prefix: "ANPA",
    longest_name: 128,
    quota: ("PoliciesPerAccount", 1500),
};
pub(super) const PROFILE: Kind = Kind {
    parameter: "InstanceProfileName",
    arn: "instance-profile",
    id_prefix: "AIPA",
    longest_name: 128,
    quota: ("InstanceProfilesPerAccount", 1000),
};

impl Kind {
    /// The name in a call.
    pub(super) fn name<'a>(&self, params: &Params<'a>) -> Result<&'a str, AwsError> {
        let name = params.required(self.parameter)?;
        check_name(self.parameter, name, self.longest_name)?;
        Ok(name)
    }

    /// A new identity from the name, path and tags in a call.
    pub(super) fn identity(&self, account: &Account, params: &Params<'_>) -> Result<Identity, AwsError> {
        let name = self.name(params)?;
        let path = path("Path", params)?.unwrap_or("/");
        if self.count(account) >= self.quota.1 {
            return Err(errors::quota(self.quota.0, self.quota.1));
        }
        Ok(Identity {
            name: name.to_owned(),
            path: path.to_owned(),
            id: ids::unique(self.id_prefix),
            arn: account.iam_arn(self.arn, path, name),
            created: account.now(),
            tags: tags::asked(params)?,
        })
    }

    fn count(&self, account: &Account) -> usize {
        let entities = &account.entities;
        match self.arn {
            "user" => entities.users.len(),
            "group" => entities.groups.len(),
            "role" => entities.roles.len(),
            "policy" => entities.policies.values().filter(|policy| policy.is_local()).count(),
            _ => entities.profiles.len(),
        }
    }

    /// Gives an entity the name and the path that a call wants it to have.
    pub(super) fn rename(
        &self,
        account: &Account,
        identity: &mut Identity,
        params: &Params<'_>,
    ) -> Result<(), AwsError> {
        let parameter = format!("New{}", self.parameter);
        if let Some(name) = params.optional(&parameter) {
            check_name(&parameter, name, self.longest_name)?;
            name.clone_into(&mut identity.name);
        }
        if let Some(path) = path("NewPath", params)? {
            path.clone_into(&mut identity.path);
        }
        identity.arn = account.iam_arn(self.arn, &identity.path, &identity.name);
        Ok(())
    }
}

/// Documented: letters, digits and `+=,.@_-`.
pub(super) fn check_name(parameter: &str, name: &str, longest: usize) -> Result<(), AwsError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
    if name.chars().count() > longest {
        let constraint = format!("Member must have length less than or equal to {longest}");
        return Err(validation(parameter, Some(name), &constraint));
    }
    if name.is_empty() || !name.chars().all(plain) {
        return Err(errors::invalid_name(parameter));
    }
    Ok(())
}

/// Documented: begins and ends with a slash, 512 characters at most.
fn path<'a>(parameter: &str, params: &Params<'a>) -> Result<Option<&'a str>, AwsError> {
    let Some(path) = params.optional(parameter) else { return Ok(None) };
    let printable = path.chars().all(|c| c.is_ascii_graphic());
    if path.starts_with('/') && path.ends_with('/') && printable && path.len() <= 512 {
        return Ok(Some(path));
    }
    Err(validation(
        parameter,
        Some(path),
        "The specified value for path is invalid. It must begin and end with /",
    ))
}

/// Documented: the description of a role or policy has 1000 characters at most.
pub(super) fn description(params: &Params<'_>) -> Result<Option<String>, AwsError> {
    match params.optional("Description") {
        Some(text) if text.chars().count() > 1000 => {
            let constraint = "Member must have length less than or equal to 1000";
            Err(validation("Description", Some(text), constraint))
        }
        other => Ok(other.map(str::to_owned)),
    }
}

/// Documented: names that differ only by case are the same name.
pub(super) fn is_taken<'a>(mut names: impl Iterator<Item = &'a String>, name: &str) -> bool {
    names.any(|taken| taken.eq_ignore_ascii_case(name))
}

/// Whether an entity is under the path that a list asks for.
pub(super) fn is_under(identity: &Identity, params: &Params<'_>) -> bool {
    identity.path.starts_with(params.optional("PathPrefix").unwrap_or("/"))
}

impl Identity {
    /// The elements that every entity has, spelled for its kind: `User` gives `UserName` and `UserId`.
    pub(super) fn xml(&self, kind: &str) -> Xml {
        Xml::new()
            .text("Path", &self.path)
            .text(&format!("{kind}Name"), &self.name)
            .text(&format!("{kind}Id"), &self.id)
            .text("Arn", &self.arn)
            .text("CreateDate", timestamp(self.created))
    }
}
