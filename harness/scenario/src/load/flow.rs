//! `flow:` and `connection:`.

use std::time::Duration;

use super::{
    task::{number, write},
    when::when,
};
use crate::{
    model::{
        Assumes, Axis, Call, CalledService, Connection, Encryption, FlowStep, IamLogin, KmsCall, SqlUser,
        StepKind, Use, When,
    },
    syntax::{Diagnostic, Fields, Node, choice, unknown},
};

const KINDS: [&str; 8] = ["write", "read", "sql", "put", "assume", "kms", "call", "clock"];

pub(super) fn flow(node: &Node) -> Result<Vec<FlowStep>, Diagnostic> {
    let mut steps: Vec<FlowStep> = Vec::new();
    for item in node.list()? {
        let step = step(item)?;
        if steps.iter().any(|earlier| earlier.name == step.name) {
            let message = format!("two steps are named `{}`", step.name);
            return Err(Diagnostic::new(item.span.clone(), message, "give this one a `name`"));
        }
        steps.push(step);
    }
    Ok(steps)
}

fn step(node: &Node) -> Result<FlowStep, Diagnostic> {
    let [(kind, body)] = node.map()? else { return Err(node.expected("one step with one key")) };
    let mut fields = Fields::of(body)?;
    let name = fields.optional_text("name")?.map_or_else(|| kind.text().map(str::to_owned), Ok)?;
    let step = match kind.text()? {
        "write" => write(&mut fields)?,
        "read" => StepKind::Read { query: fields.text("query")?, to: fields.text("to")? },
        "sql" => StepKind::Sql {
            statements: fields.text("run")?,
            runs_as: sql_user(&mut fields)?,
            session: fields.optional_text("session")?,
        },
        "put" => StepKind::Put {
            from: fields.text("from")?.into(),
            to: fields.text("to")?,
            part: fields.optional_text("part")?,
        },
        "assume" => StepKind::Assume {
            role: fields.text("role")?,
            by: fields.text("by")?,
            session: fields.text("session")?,
        },
        "kms" => StepKind::Kms {
            call: choice(fields.required("call")?, "call", &KmsCall::WORDS)?,
            key: fields.text("key")?,
            by: fields.text("by")?,
        },
        "call" => StepKind::Call(call(&mut fields)?),
        "clock" => StepKind::Clock { ahead: fields.text("ahead")? },
        other => return Err(unknown("step", other, kind, &KINDS)),
    };
    fields.finish()?;
    Ok(FlowStep { name, kind: step })
}

fn call(fields: &mut Fields<'_>) -> Result<Call, Diagnostic> {
    let texts = |node: Option<&Node>| node.map_or(Ok(Vec::new()), pairs);
    Ok(Call {
        service: choice(fields.required("of")?, "service", &CalledService::WORDS)?,
        operation: fields.text("operation")?,
        by: fields.text("by")?,
        with: texts(fields.optional("with"))?,
        gives: texts(fields.optional("gives"))?,
        session: fields.optional_text("session")?,
        login: fields.optional_text("login")?,
    })
}

fn pairs(node: &Node) -> Result<Vec<(String, String)>, Diagnostic> {
    let pair = |(name, text): &(Node, Node)| Ok((name.text()?.to_owned(), text.text()?.to_owned()));
    node.map()?.iter().map(pair).collect()
}

/// `as:`, with the word that stands for the cluster's master user.
pub(super) fn sql_user(fields: &mut Fields<'_>) -> Result<SqlUser, Diagnostic> {
    Ok(match fields.optional_text("as")?.as_deref() {
        None => SqlUser::Connection,
        Some("master") => SqlUser::Master,
        Some(login) => SqlUser::Login(login.to_owned()),
    })
}

pub(super) fn connection(node: &Node, matrix: &[Axis]) -> Result<Connection, Diagnostic> {
    let mut fields = Fields::of(node)?;
    let connection = Connection {
        bucket: fields.optional_text("bucket")?,
        login: fields.optional_text("login")?,
        password: fields.optional_text("password")?,
        iam_login: fields.optional("iam login").map(iam_login).transpose()?,
        keys: fields.optional("keys").map(|node| uses(node, matrix)).transpose()?.unwrap_or_default(),
        role: fields.optional("role").map(|node| uses(node, matrix)).transpose()?.unwrap_or_default(),
        staging_folder: fields.optional_text("staging folder")?,
        agents: fields.optional("agents").map(Node::texts).transpose()?.unwrap_or_default(),
        environment: fields.optional_text("environment")?,
        cluster: fields.optional_text("cluster")?,
        assumes: fields.optional("assumes").map(assumes).transpose()?,
        encryption: Encryption {
            kind: fields.optional_text("encryption")?,
            master_symmetric_key: fields.optional_text("master symmetric key")?,
            customer_master_key: fields.optional_text("customer master key")?,
        },
        jvm_options: fields.optional("jvm options").map(Node::texts).transpose()?.unwrap_or_default(),
        copy_options: fields.optional_text("copy options")?.unwrap_or_default(),
        unload_options: fields.optional_text("unload options")?.unwrap_or_default(),
    };
    fields.finish()?;
    Ok(connection)
}

fn assumes(node: &Node) -> Result<Assumes, Diagnostic> {
    let mut fields = Fields::of(node)?;
    let assumes = Assumes {
        role: fields.text("role")?,
        with: fields.text("with")?,
        lasts: fields.optional("lasts").map(Node::number).transpose()?.map(Duration::from_secs),
        renewed: fields.optional_text("renewed")?,
    };
    fields.finish()?;
    Ok(assumes)
}

fn iam_login(node: &Node) -> Result<IamLogin, Diagnostic> {
    let mut fields = Fields::of(node)?;
    let login = IamLogin {
        auto_create: fields.optional_text("auto create")?,
        db_groups: fields.optional("db groups").map(Node::texts).transpose()?.unwrap_or_default(),
        lasts: fields.optional("lasts").map(number).transpose()?,
    };
    fields.finish()?;
    Ok(login)
}

/// A name, or `{ use: NAME, when: {..} }`, or a list of these.
fn uses(node: &Node, matrix: &[Axis]) -> Result<Vec<Use>, Diagnostic> {
    node.items().iter().map(|node| one_use(node, matrix)).collect()
}

fn one_use(node: &Node, matrix: &[Axis]) -> Result<Use, Diagnostic> {
    if let Ok(name) = node.text() {
        return Ok(Use { name: name.to_owned(), when: When::default() });
    }
    let mut fields = Fields::of(node)?;
    let found = Use { name: fields.text("use")?, when: when(&mut fields, matrix)? };
    fields.finish()?;
    Ok(found)
}
