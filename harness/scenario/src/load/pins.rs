//! `pins:`.

use linchpin_stack::{Attachment, ClusterSetting};

use super::when::when;
use crate::{
    model::{AgentFolder, Axis, Each, Pin, PinKind},
    syntax::{Diagnostic, Fields, Node, choice, unknown},
};

/// The key that tells the kind of a pin.
const KINDS: [&str; 31] = [
    "bucket",
    "object",
    "key",
    "encrypt",
    "user",
    "secret of",
    "active key of",
    "role",
    "trust",
    "attach",
    "policy",
    "bucket policy of",
    "session",
    "external id",
    "trust store of",
    "ssl of",
    "era of",
    "dialect of",
    "plain unload of",
    "passwords of",
    "jdbc url",
    "folder",
    "instance profile",
    "set",
    "copy option",
    "unload option",
    "token of",
    "lifetime of",
    "clock of",
    "login",
    "sql",
];

pub(super) fn pins(node: &Node, matrix: &[Axis]) -> Result<Vec<Pin>, Diagnostic> {
    node.map()?.iter().map(|(name, body)| pin(name, body, matrix)).collect()
}

fn pin(name: &Node, body: &Node, matrix: &[Axis]) -> Result<Pin, Diagnostic> {
    let mut fields = Fields::of(body)?;
    let kind = KINDS.iter().copied().find(|kind| fields.has(kind));
    let kind = match kind {
        Some(kind) => self::kind(kind, &mut fields)?,
        None if fields.has("instead") => sql(&mut fields)?,
        None => return Err(no_kind(body)),
    };
    let pin = Pin {
        name: name.text()?.to_owned(),
        when: when(&mut fields, matrix)?,
        kind,
        not_pulled: fields.optional_text("not pulled")?,
    };
    fields.finish()?;
    Ok(pin)
}

fn no_kind(body: &Node) -> Diagnostic {
    match body.map().ok().and_then(|entries| entries.first()) {
        Some((key, _)) => unknown("kind of pin", key.text().unwrap_or_default(), key, &KINDS),
        None => body.expected("a pin"),
    }
}

fn kind(kind: &'static str, fields: &mut Fields<'_>) -> Result<PinKind, Diagnostic> {
    Ok(match kind {
        "bucket" => bucket(fields)?,
        "object" => object(fields)?,
        "key" => key(fields)?,
        "encrypt" => PinKind::Encryption { bucket: fields.text("encrypt")?, key: fields.text("with")? },
        "user" => PinKind::User { user: fields.text("user")? },
        "secret of" => PinKind::Secret { user: fields.text("secret of")? },
        "active key of" => PinKind::ActiveKey { user: fields.text("active key of")? },
        "role" => PinKind::Role { role: fields.text("role")?, account: fields.optional_text("in")? },
        "trust" => trust(fields)?,
        "attach" => attach(fields)?,
        "policy" => policy(fields)?,
        "bucket policy of" => bucket_policy(fields)?,
        "session" => session(fields)?,
        "external id" => PinKind::ExternalId { id: fields.text("external id")? },
        "trust store of" => trust_store(fields)?,
        "ssl of" | "era of" | "dialect of" | "plain unload of" | "passwords of" => cluster(kind, fields)?,
        "jdbc url" => PinKind::JdbcUrl { url: fields.text("jdbc url")?, instead: fields.text("instead")? },
        "folder" => PinKind::Folder {
            folder: choice(fields.required("folder")?, "folder of the agent", &AgentFolder::WORDS)?,
            of: fields.optional_text("of")?,
            instead: fields.optional_text("instead")?,
        },
        "instance profile" => PinKind::InstanceProfile {
            role: fields.text("instance profile")?,
            of: fields.optional_text("of")?,
        },
        "set" => PinKind::Setting {
            setting: fields.text("set")?,
            value: fields.text("to")?,
            instead: fields.text("instead")?,
        },
        "copy option" => PinKind::CopyOption { option: fields.text("copy option")? },
        "unload option" => PinKind::UnloadOption { option: fields.text("unload option")? },
        "token of" => PinKind::Token { session: fields.text("token of")? },
        "lifetime of" => PinKind::Lifetime { session: fields.text("lifetime of")? },
        "clock of" => clock(fields)?,
        "login" => PinKind::Login { login: fields.text("login")? },
        _ => sql(fields)?,
    })
}

fn bucket(fields: &mut Fields<'_>) -> Result<PinKind, Diagnostic> {
    let bucket = fields.text("bucket")?;
    let region = fields.text("region")?;
    let region = (region != "cluster").then_some(region);
    let account = fields.optional_text("in")?;
    Ok(PinKind::Bucket { bucket, region, account, instead: fields.optional_text("instead")? })
}

fn each(fields: &mut Fields<'_>) -> Result<Each, Diagnostic> {
    let each = fields.optional("each").map(|node| choice(node, "part", &[("action", Each::Action)]));
    Ok(each.transpose()?.unwrap_or(Each::Document))
}

fn key(fields: &mut Fields<'_>) -> Result<PinKind, Diagnostic> {
    Ok(PinKind::Key {
        key: fields.text("key")?,
        policy: fields.text("policy")?.into(),
        each: each(fields)?,
        instead: fields.optional_text("instead")?,
    })
}

fn object(fields: &mut Fields<'_>) -> Result<PinKind, Diagnostic> {
    Ok(PinKind::Object {
        key: fields.text("object")?,
        bucket: fields.text("in")?,
        from: fields.text("from")?.into(),
    })
}

fn trust(fields: &mut Fields<'_>) -> Result<PinKind, Diagnostic> {
    Ok(PinKind::Trust {
        document: fields.text("trust")?.into(),
        role: fields.text("of")?,
        instead: fields.text("instead")?.into(),
    })
}

fn attach(fields: &mut Fields<'_>) -> Result<PinKind, Diagnostic> {
    let words = [("default", Attachment::Default), ("attached", Attachment::Attached)];
    let word =
        |node: Option<&Node>| node.map(|node| choice(node, "way to attach a role", &words)).transpose();
    let (role, to) = (fields.text("attach")?, word(fields.optional("as"))?.unwrap_or_default());
    Ok(PinKind::Attach { role, to, instead: word(fields.optional("instead"))? })
}

fn policy(fields: &mut Fields<'_>) -> Result<PinKind, Diagnostic> {
    Ok(PinKind::Policy {
        document: fields.text("policy")?.into(),
        on: fields.required("on")?.texts()?,
        each: each(fields)?,
        instead: fields.optional_text("instead")?.map(Into::into),
    })
}

fn bucket_policy(fields: &mut Fields<'_>) -> Result<PinKind, Diagnostic> {
    Ok(PinKind::BucketPolicy {
        bucket: fields.text("bucket policy of")?,
        document: fields.optional_text("document")?.map(Into::into),
        instead: fields.optional_text("instead")?.map(Into::into),
    })
}

fn session(fields: &mut Fields<'_>) -> Result<PinKind, Diagnostic> {
    Ok(PinKind::Session {
        session: fields.text("session")?,
        role: fields.text("of")?,
        by: fields.text("by")?,
    })
}

fn clock(fields: &mut Fields<'_>) -> Result<PinKind, Diagnostic> {
    choice(fields.required("clock of")?, "clock", &[("agent", ())])?;
    Ok(PinKind::AgentClock)
}

fn trust_store(fields: &mut Fields<'_>) -> Result<PinKind, Diagnostic> {
    choice(fields.required("trust store of")?, "trust store", &[("agent", ())])?;
    Ok(PinKind::TrustStore { instead: fields.optional_text("instead")?.map(Into::into) })
}

/// Pulled without a word, it is as Redshift has it.
fn cluster(kind: &'static str, fields: &mut Fields<'_>) -> Result<PinKind, Diagnostic> {
    choice(fields.required(kind)?, "server", &[("cluster", ())])?;
    let named = ClusterSetting::WORDS.iter().find(|(name, _)| kind.strip_suffix(" of") == Some(name));
    let words: Vec<_> =
        named.iter().flat_map(|(_, values)| *values).map(|(word, to, _)| (*word, *to)).collect();
    let to = fields.required("to")?;
    let to = choice(to, "setting", &words)?;
    let instead = fields.optional("instead").map(|node| choice(node, "setting", &words)).transpose()?;
    let default = words.first().map_or(to, |(_, default)| *default);
    Ok(PinKind::Cluster { to, instead: instead.unwrap_or(default) })
}

fn sql(fields: &mut Fields<'_>) -> Result<PinKind, Diagnostic> {
    Ok(PinKind::Sql {
        statements: fields.optional_text("sql")?,
        instead: fields.optional_text("instead")?,
        login: fields.optional_text("as")?,
    })
}
