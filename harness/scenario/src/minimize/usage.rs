//! What of a document the calls of a flow fell under, and the document made of that.

use std::collections::BTreeSet;

use linchpin_policy::{Context, Draft, Effect, Element, Part, Principal, Request};

use super::{Holder, Target, TargetError};
use crate::text::Names;

/// A right that a recorded call asked for, and was allowed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Right {
    /// The user's or role's name; the ARN of whoever is neither.
    pub(crate) by: String,
    /// The caller's ARN, or what stands for it.
    pub(crate) principal: String,
    /// `s3:PutObject`
    pub(crate) action: String,
    /// An ARN or `*`.
    pub(crate) resource: String,
}

/// A right, and what of a document covers it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Covering {
    /// The user's or role's name.
    pub(crate) by: String,
    /// The statement's position.
    pub(crate) statement: usize,
    /// Positions in `Action`.
    pub(crate) actions: Vec<usize>,
    /// Positions in `Resource`.
    pub(crate) resources: Vec<usize>,
    /// As it was asked for.
    pub(crate) action: String,
    /// As a document would name it in any run.
    pub(crate) resource: String,
}

/// What the rights of one trial use of a document. Conditions are taken to hold, since only a trial can tell.
pub(crate) fn used(
    target: &Target,
    names: &Names,
    rights: &BTreeSet<Right>,
) -> Result<BTreeSet<Covering>, TargetError> {
    let document = target.document(names)?;
    let mut found = BTreeSet::new();
    for right in rights.iter().filter(|right| target.holder.is_asked(right, names)) {
        let Ok(principal) = right.principal.parse::<Principal>() else { continue };
        let request = Request {
            resource_account: principal.account().map(str::to_owned),
            principal,
            action: right.action.clone(),
            resource: right.resource.clone(),
            context: Context::default(),
        };
        let statements = document.statements().iter().enumerate();
        let allowing = statements.filter(|(_, statement)| statement.effect() == Effect::Allow);
        found.extend(allowing.filter_map(|(at, statement)| {
            let covered = statement.covers(&request)?;
            Some(Covering {
                by: right.by.clone(),
                statement: at,
                actions: covered.actions,
                resources: covered.resources,
                action: right.action.clone(),
                resource: in_any_run(&right.resource, names),
            })
        }));
    }
    Ok(found)
}

impl Holder {
    /// Whether a right is a matter of this one's policy.
    fn is_asked(&self, right: &Right, names: &Names) -> bool {
        match self {
            Self::Principals(principals) => principals.iter().any(|name| has_policies_of(&right.by, name)),
            Self::Key(key) => names.get(&format!("key:{key}")) == Some(&right.resource),
            // The documents of buckets name their resources.
            Self::Bucket(_) => true,
        }
    }
}

impl Target {
    /// The parts that may be taken out. Who administers a key is no matter of the flow: a statement of its policy that
    /// leaves it to the account stays.
    pub(crate) fn parts(&self, draft: &Draft, kept: &BTreeSet<usize>) -> Vec<Part> {
        draft.parts().into_iter().filter(|part| !kept.contains(&part.statement())).collect()
    }

    /// The statements that stay.
    pub(crate) fn kept(&self, names: &Names) -> Result<BTreeSet<usize>, TargetError> {
        if !matches!(self.holder, Holder::Key(_)) {
            return Ok(BTreeSet::new());
        }
        let document = self.document(names)?;
        let statements = document.statements().iter().enumerate();
        Ok(statements.filter(|(_, statement)| statement.names_accounts()).map(|(at, _)| at).collect())
    }
}

/// Whether a call may have been made with the policies of a user or role: a federated user has those of whoever made it,
/// which the record does not tell.
fn has_policies_of(by: &str, name: &str) -> bool {
    by == name || by.contains(":federated-user/")
}

/// The largest parts that no call (of one user or role, where `by` names it) was allowed by.
pub(crate) fn never_used(
    target: &Target,
    parts: &[Part],
    used: &BTreeSet<Covering>,
    by: Option<&str>,
) -> Vec<Part> {
    let of = |covering: &&Covering| by.is_none_or(|by| has_policies_of(&covering.by, by));
    let used: Vec<&Covering> = used.iter().filter(of).collect();
    let whole = |statement: usize| !used.iter().any(|covering| covering.statement == statement);
    let unused = |part: &&Part| match part {
        Part::Statement(statement) => whole(*statement),
        Part::Member { statement, element, text } => {
            let at = position(&target.written, *statement, *element, text);
            !whole(*statement)
                && !used.iter().any(|covering| {
                    covering.statement == *statement
                        && at.is_some_and(|at| covering.of(*element).contains(&at))
                })
        }
    };
    parts.iter().filter(unused).cloned().collect()
}

/// The document of what was used: wildcards in actions become the actions that were asked for, a lone `*` the resources,
/// and what was never used is left out. None where nothing was used at all.
pub(crate) fn narrowed(target: &Target, parts: &[Part], used: &BTreeSet<Covering>) -> Option<Draft> {
    let statements = parts.iter().filter_map(|part| match part {
        Part::Statement(statement) => Some(*statement),
        Part::Member { .. } => None,
    });
    let mut draft = Some(target.written.clone());
    for statement in statements {
        let used: Vec<&Covering> = used.iter().filter(|covering| covering.statement == statement).collect();
        draft = if used.is_empty() {
            draft.and_then(|draft| draft.without(&Part::Statement(statement)))
        } else {
            draft.map(|draft| narrowed_statement(target, draft, statement, &used))
        };
    }
    draft
}

fn narrowed_statement(target: &Target, mut draft: Draft, statement: usize, used: &[&Covering]) -> Draft {
    for element in [Element::Action, Element::Resource] {
        let written = target.written.members(statement, element);
        let texts: Vec<String> = match &written {
            // A `Not..` twin stands for all that was asked for.
            None => used.iter().map(|covering| covering.asked(element).to_owned()).collect(),
            Some(written) => {
                let members = written.iter().enumerate();
                members.flat_map(|(at, text)| narrowed_member(target, used, element, at, text)).collect()
            }
        };
        // What a key's policy is about is the key, which has no name before it is made.
        let stays = element == Element::Resource && matches!(target.holder, Holder::Key(_));
        if !stays {
            draft = draft.with(statement, element, distinct(texts));
        }
    }
    draft
}

fn narrowed_member(
    target: &Target,
    used: &[&Covering],
    element: Element,
    at: usize,
    text: &str,
) -> Vec<String> {
    let mut fallen = used.iter().filter(|covering| covering.of(element).contains(&at)).peekable();
    let wide = match element {
        Element::Action => text.contains(['*', '?']),
        Element::Resource => text == "*" && !matches!(target.holder, Holder::Key(_)),
    };
    match (fallen.peek(), wide) {
        (None, _) => Vec::new(),
        (Some(_), false) => vec![text.to_owned()],
        (Some(_), true) => fallen.map(|covering| covering.asked(element).to_owned()).collect(),
    }
}

fn distinct(texts: Vec<String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    texts.into_iter().filter(|text| seen.insert(text.to_ascii_lowercase())).collect()
}

fn position(draft: &Draft, statement: usize, element: Element, text: &str) -> Option<usize> {
    draft.members(statement, element)?.iter().position(|known| known == text)
}

impl Covering {
    fn of(&self, element: Element) -> &[usize] {
        match element {
            Element::Action => &self.actions,
            Element::Resource => &self.resources,
        }
    }

    fn asked(&self, element: Element) -> &str {
        match element {
            Element::Action => &self.action,
            Element::Resource => &self.resource,
        }
    }
}

/// A resource as a document names it: by `${..}` what each run names anew, and every object of its bucket by `/*`.
fn in_any_run(resource: &str, names: &Names) -> String {
    let whole = names.iter().find(|(name, value)| {
        *value == resource && ["key:", "role:", "user:"].iter().any(|kind| name.starts_with(kind))
    });
    if let Some((name, _)) = whole {
        return format!("${{{name}}}");
    }
    let parts: Vec<&str> = resource.splitn(6, ':').collect();
    let ["arn", _, service, region, account, rest] = parts.as_slice() else { return resource.to_owned() };
    let named = |text: &str, kinds: &[&str]| -> String {
        let is_of = |name: &str| {
            kinds.iter().any(|kind| name == *kind || (kind.ends_with(':') && name.starts_with(kind)))
        };
        let found = names.iter().find(|(name, value)| *value == text && is_of(name));
        found.map_or_else(|| text.to_owned(), |(name, _)| format!("${{{name}}}"))
    };
    let rest = match (*service, rest.split_once('/')) {
        ("s3", Some((bucket, _))) => format!("{}/*", named(bucket, &["bucket:"])),
        ("s3", None) => named(rest, &["bucket:"]),
        ("redshift", _) => {
            let parts = rest.split_inclusive([':', '/']).map(|part| match part.strip_suffix([':', '/']) {
                Some(plain) => named(plain, &["cluster", "database"]) + &part.replacen(plain, "", 1),
                None => named(part, &["cluster", "database"]),
            });
            parts.collect()
        }
        _ => (*rest).to_owned(),
    };
    let (region, account) = (named(region, &["region"]), named(account, &["account", "account:"]));
    format!("arn:${{partition}}:{service}:{region}:{account}:{rest}")
}
