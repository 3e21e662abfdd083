//! Query-protocol calls: IAM, STS and the Redshift control plane.

use std::collections::BTreeMap;

use linchpin_policy::Context;

use super::{Guard, Need, Target, iam::iam};
use crate::{Form, ServiceName};

/// Where a call is made: the parts of an ARN that the parameters do not hold.
pub(crate) struct Place<'a> {
    pub(crate) partition: &'a str,
    pub(crate) region: &'a str,
    pub(crate) account: &'a str,
    /// The caller's ARN, where it is a user.
    pub(crate) user: Option<&'a str>,
    /// Of the caller's session, where it has one.
    pub(crate) source_identity: Option<&'a str>,
    /// The tags that the caller's session hands on.
    pub(crate) transitive_tags: &'a BTreeMap<String, String>,
}

/// The rights that a form asks for.
pub(crate) fn classify_form(service: ServiceName, operation: &str, form: &Form, place: &Place<'_>) -> Target {
    let needs = match service {
        ServiceName::Sts => sts(operation, form, place),
        ServiceName::Redshift => redshift(operation, form, place),
        ServiceName::Iam | ServiceName::S3 | ServiceName::Kms => iam(operation, form, place),
    };
    Target { operation: operation.to_owned(), needs, source: None }
}

pub(super) fn need(action: String, resource: String, context: Context) -> Need {
    Need { action, resource, context, guard: Guard::Account }
}

/// Documented: everybody may ask who they are, even under an explicit deny.
fn sts(operation: &str, form: &Form, place: &Place<'_>) -> Vec<Need> {
    match operation {
        // Documented: neither does anybody need a permission for a token of their own.
        "GetCallerIdentity" | "GetSessionToken" => Vec::new(),
        "AssumeRole" => assume_role(form, place),
        "GetFederationToken" => federation_token(form, place),
        other => vec![need(format!("sts:{other}"), "*".to_owned(), Context::default())],
    }
}

/// Documented: the session is the federated user that it makes, and tags of it take a right besides.
fn federation_token(form: &Form, place: &Place<'_>) -> Vec<Need> {
    let name = form.get("Name").unwrap_or_default();
    let arn = format!("arn:{}:sts::{}:federated-user/{name}", place.partition, place.account);
    let tagged = (!form.tags("Tags.member.").is_empty()).then_some("sts:TagSession");
    let actions = std::iter::once("sts:GetFederationToken").chain(tagged);
    let context = session_context(form, &BTreeMap::new());
    actions.map(|action| need(action.to_owned(), arn.clone(), context.clone())).collect()
}

/// The keys that follow from a call that begins a session. Tags that the caller's session hands on are asked for like
/// those in the call (documented for EKS, whose pods' tags are all transitive).
fn session_context(form: &Form, handed_on: &BTreeMap<String, String>) -> Context {
    let mut context = Context::default();
    for (parameter, key) in [
        ("ExternalId", "sts:ExternalId"),
        ("RoleSessionName", "sts:RoleSessionName"),
        ("DurationSeconds", "sts:DurationSeconds"),
    ] {
        if let Some(value) = form.get(parameter) {
            context.set(key, value);
        }
    }
    let handed_on = handed_on.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    let tags: Vec<(&str, &str)> = form.tags("Tags.member.").into_iter().chain(handed_on).collect();
    for (key, value) in &tags {
        context.set(&format!("aws:RequestTag/{key}"), *value);
    }
    let transitive = form.0.iter().filter(|(name, _)| name.starts_with("TransitiveTagKeys.member."));
    let transitive: Vec<String> = transitive.map(|(_, key)| key.clone()).collect();
    for (name, keys) in [
        ("aws:TagKeys", tags.iter().map(|(key, _)| (*key).to_owned()).collect()),
        ("sts:TransitiveTagKeys", transitive),
    ] {
        if !keys.is_empty() {
            context.set_many(name, keys);
        }
    }
    context
}

/// The right that a token gives, which the role's trust policy alone decides on.
pub(crate) fn web_identity_need(form: &Form, claims: Context) -> Need {
    let mut context = session_context(form, &BTreeMap::new());
    for (key, values) in claims.iter() {
        context.set_many(key, values.to_vec());
    }
    let role = form.get("RoleArn").unwrap_or_default();
    Need {
        action: "sts:AssumeRoleWithWebIdentity".to_owned(),
        resource: role.to_owned(),
        context,
        guard: Guard::Trust(role.to_owned()),
    }
}

/// Documented: session tags take `sts:TagSession` besides, and a source identity `sts:SetSourceIdentity`, also where the
/// caller's own session hands them on.
fn assume_role(form: &Form, place: &Place<'_>) -> Vec<Need> {
    let mut context = session_context(form, place.transitive_tags);
    let mut actions = vec!["sts:AssumeRole"];
    if !form.tags("Tags.member.").is_empty() || !place.transitive_tags.is_empty() {
        actions.push("sts:TagSession");
    }
    if let Some(identity) = form.get("SourceIdentity").or(place.source_identity) {
        context.set("sts:SourceIdentity", identity);
        actions.push("sts:SetSourceIdentity");
    }
    let role = form.get("RoleArn").unwrap_or_default();
    let need = |action: &str| Need {
        action: action.to_owned(),
        resource: role.to_owned(),
        context: context.clone(),
        guard: Guard::Trust(role.to_owned()),
    };
    actions.into_iter().map(need).collect()
}

/// The cluster, and `iam:PassRole` for each role that the call hands to it.
fn redshift(operation: &str, form: &Form, place: &Place<'_>) -> Vec<Need> {
    if operation.starts_with("GetClusterCredentials") {
        return cluster_credentials(operation, form, place);
    }
    let Place { partition, region, account, .. } = place;
    let cluster = form.get("ClusterIdentifier").unwrap_or("*");
    let resource = format!("arn:{partition}:redshift:{region}:{account}:cluster:{cluster}");
    let mut needs = vec![need(format!("redshift:{operation}"), resource.clone(), Context::default())];
    needs.extend(passed_roles(form).map(|role| {
        let mut context = Context::default();
        context.set("iam:PassedToService", "redshift.amazonaws.com");
        context.set("iam:AssociatedResourceArn", &resource);
        need("iam:PassRole".to_owned(), role.to_owned(), context)
    }));
    needs
}

/// The database user, the database where one is named, and the groups to join, each with its own action (documented:
/// Service Authorization Reference, and the management guide's "Create an IAM role with permissions").
fn cluster_credentials(operation: &str, form: &Form, place: &Place<'_>) -> Vec<Need> {
    let Place { partition, region, account, .. } = place;
    let cluster = form.get("ClusterIdentifier").unwrap_or("*");
    let arn = |kind: &str, name: &str| {
        format!("arn:{partition}:redshift:{region}:{account}:{kind}:{cluster}/{name}")
    };
    let mut context = Context::default();
    for name in ["DbUser", "DbName", "DurationSeconds"] {
        if let Some(value) = form.get(name) {
            context.set(&format!("redshift:{name}"), value);
        }
    }
    let right =
        |action: &str, resource: String| need(format!("redshift:{action}"), resource, context.clone());
    let database = form.get("DbName").map(|name| arn("dbname", name));
    if operation != "GetClusterCredentials" {
        // Inferred: without a database, all of them.
        return vec![right(operation, database.unwrap_or_else(|| arn("dbname", "*")))];
    }
    let user = arn("dbuser", form.get("DbUser").unwrap_or_default());
    let mut needs = vec![right(operation, user.clone())];
    needs.extend(database.map(|database| right(operation, database)));
    if form.get("AutoCreate").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        needs.push(right("CreateClusterUser", user));
    }
    let groups = form.0.iter().filter(|(name, _)| name.starts_with("DbGroups."));
    needs.extend(groups.map(|(_, group)| right("JoinGroup", arn("dbgroup", group))));
    needs
}

fn passed_roles(form: &Form) -> impl Iterator<Item = &str> {
    let passed = ["AddIamRoles.", "IamRoles.", "DefaultIamRoleArn"];
    form.0
        .iter()
        .filter(move |(name, value)| {
            passed.iter().any(|prefix| name.starts_with(prefix)) && !value.is_empty()
        })
        .map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(service: ServiceName, parameters: &[(&str, &str)], expected: &[(&str, &str)]) {
        let form = Form(parameters.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect());
        let place = Place {
            partition: "aws",
            region: "eu-west-1",
            account: "111122223333",
            user: Some("arn:aws:iam::111122223333:user/me"),
            source_identity: None,
            transitive_tags: &BTreeMap::new(),
        };
        let operation = form.get("Action").unwrap();
        let target = classify_form(service, operation, &form, &place);
        let needs: Vec<(&str, &str)> =
            target.needs.iter().map(|need| (need.action.as_str(), need.resource.as_str())).collect();
        assert_eq!(needs, expected);
    }

    #[test]
    fn rights_of_forms() {
        use ServiceName::{Iam, Redshift, Sts};
        check(Sts, &[("Action", "GetCallerIdentity")], &[]);
        check(
            Sts,
            &[("Action", "AssumeRole"), ("RoleArn", "arn:aws:iam::1:role/r")],
            &[("sts:AssumeRole", "arn:aws:iam::1:role/r")],
        );
        check(
            Sts,
            &[
                ("Action", "AssumeRole"),
                ("RoleArn", "arn:aws:iam::1:role/r"),
                ("Tags.member.1.Key", "team"),
                ("Tags.member.1.Value", "a"),
            ],
            &[("sts:AssumeRole", "arn:aws:iam::1:role/r"), ("sts:TagSession", "arn:aws:iam::1:role/r")],
        );
        check(
            Sts,
            &[("Action", "AssumeRole"), ("RoleArn", "arn:aws:iam::1:role/r"), ("SourceIdentity", "me")],
            &[
                ("sts:AssumeRole", "arn:aws:iam::1:role/r"),
                ("sts:SetSourceIdentity", "arn:aws:iam::1:role/r"),
            ],
        );
        check(
            Sts,
            &[("Action", "GetFederationToken"), ("Name", "bob")],
            &[("sts:GetFederationToken", "arn:aws:sts::111122223333:federated-user/bob")],
        );
        check(
            Iam,
            &[("Action", "AttachUserPolicy"), ("UserName", "u"), ("PolicyArn", "arn:aws:iam::1:policy/p")],
            &[("iam:AttachUserPolicy", "arn:aws:iam::111122223333:user/u")],
        );
        check(
            Iam,
            &[
                ("Action", "CreateRole"),
                ("RoleName", "r"),
                ("Tags.member.1.Key", "team"),
                ("Tags.member.1.Value", "a"),
            ],
            &[
                ("iam:CreateRole", "arn:aws:iam::111122223333:role/r"),
                ("iam:TagRole", "arn:aws:iam::111122223333:role/r"),
            ],
        );
        check(
            Iam,
            &[("Action", "AddUserToGroup"), ("UserName", "u"), ("GroupName", "g")],
            &[("iam:AddUserToGroup", "arn:aws:iam::111122223333:group/g")],
        );
        check(Iam, &[("Action", "ListUsers")], &[("iam:ListUsers", "arn:aws:iam::111122223333:user/")]);
        check(
            Iam,
            &[("Action", "ListRoles"), ("PathPrefix", "/team/")],
            &[("iam:ListRoles", "arn:aws:iam::111122223333:role/team/")],
        );
        check(Iam, &[("Action", "ListPolicies")], &[("iam:ListPolicies", "policy path /")]);
        check(
            Iam,
            &[("Action", "GetAccountAuthorizationDetails")],
            &[("iam:GetAccountAuthorizationDetails", "*")],
        );
        check(Iam, &[("Action", "GetUser")], &[("iam:GetUser", "arn:aws:iam::111122223333:user/me")]);
        check(
            Iam,
            &[("Action", "GetUser"), ("UserName", "you")],
            &[("iam:GetUser", "arn:aws:iam::111122223333:user/you")],
        );
        check(
            Iam,
            &[("Action", "CreateUser"), ("UserName", "u"), ("Path", "/team/")],
            &[("iam:CreateUser", "arn:aws:iam::111122223333:user/team/u")],
        );
        check(
            Iam,
            &[("Action", "AddRoleToInstanceProfile"), ("RoleName", "r"), ("InstanceProfileName", "p")],
            &[
                ("iam:AddRoleToInstanceProfile", "arn:aws:iam::111122223333:instance-profile/p"),
                ("iam:PassRole", "arn:aws:iam::111122223333:role/r"),
            ],
        );
        check(
            Redshift,
            &[("Action", "GetClusterCredentials"), ("ClusterIdentifier", "c"), ("DbUser", "u")],
            &[("redshift:GetClusterCredentials", "arn:aws:redshift:eu-west-1:111122223333:dbuser:c/u")],
        );
        check(
            Redshift,
            &[
                ("Action", "GetClusterCredentials"),
                ("ClusterIdentifier", "c"),
                ("DbUser", "u"),
                ("DbName", "dev"),
                ("AutoCreate", "true"),
                ("DbGroups.DbGroup.1", "g"),
            ],
            &[
                ("redshift:GetClusterCredentials", "arn:aws:redshift:eu-west-1:111122223333:dbuser:c/u"),
                ("redshift:GetClusterCredentials", "arn:aws:redshift:eu-west-1:111122223333:dbname:c/dev"),
                ("redshift:CreateClusterUser", "arn:aws:redshift:eu-west-1:111122223333:dbuser:c/u"),
                ("redshift:JoinGroup", "arn:aws:redshift:eu-west-1:111122223333:dbgroup:c/g"),
            ],
        );
        check(
            Redshift,
            &[("Action", "GetClusterCredentialsWithIAM"), ("ClusterIdentifier", "c"), ("DbName", "dev")],
            &[(
                "redshift:GetClusterCredentialsWithIAM",
                "arn:aws:redshift:eu-west-1:111122223333:dbname:c/dev",
            )],
        );
        check(
            Redshift,
            &[
                ("Action", "ModifyClusterIamRoles"),
                ("ClusterIdentifier", "c"),
                ("AddIamRoles.IamRoleArn.1", "arn:aws:iam::1:role/r"),
            ],
            &[
                ("redshift:ModifyClusterIamRoles", "arn:aws:redshift:eu-west-1:111122223333:cluster:c"),
                ("iam:PassRole", "arn:aws:iam::1:role/r"),
            ],
        );
    }
}
