//! The command line.

use std::{ffi::OsString, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Prove what an Amazon Redshift connector needs, by pulling each prerequisite out of a real flow.
#[derive(Debug, Parser)]
#[command(version, about)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run scenarios: every baseline, then every pull. Exit 0: all as told, 1: not, 2: could not run.
    Check(Check),
    /// Find the least policies that a scenario's flow holds with: tell what was granted and never used, and prove every
    /// part that is left by a trial without it. Exit 0: proven, 1: the flow does not hold as it is, 2: could not run.
    Minimize(Minimize),
    /// List the scenarios with what they show.
    List(List),
    /// Explain a requirement: what it asks for, where it comes from, which scenario proves it. Or a scenario, or the stacks.
    Explain(Explain),
    /// Keep a stack with one ready cluster, bucket, attached role and user key until Ctrl-C.
    Up(Up),
    /// Run a command inside a fresh stack, with its facts in the environment; ends with the command's exit code.
    Exec(Exec),
    /// Find calls in a record that `--record` wrote. Exit 0: some fit, 1: none does, 2: it could not be read.
    Record(Record),
    /// The IAM policy engine on its own.
    #[command(subcommand)]
    Policy(Policy),
}

/// In a pattern, `*` stands for anything and `?` for one character.
#[derive(Debug, Args)]
pub(crate) struct Record {
    /// The record, as JSON lines; `-` is standard input.
    pub(crate) file: PathBuf,
    /// Only calls of callers whose ARN fits this pattern, such as `*:assumed-role/loader/*`.
    #[arg(long, value_name = "PATTERN")]
    pub(crate) principal: Option<String>,
    /// Only calls that asked for such a right, such as `s3:Get*`.
    #[arg(long, value_name = "PATTERN")]
    pub(crate) action: Option<String>,
    /// Only calls that asked for a right on such a resource, by its ARN.
    #[arg(long, value_name = "PATTERN")]
    pub(crate) resource: Option<String>,
    /// Only calls of which a right was answered so.
    #[arg(long, value_enum)]
    pub(crate) decision: Option<Answered>,
    /// What is printed on standard output.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// How a right was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Answered {
    /// It was allowed.
    Allow,
    /// It was not, for whichever reason.
    Deny,
    /// Nothing allowed it.
    ImplicitDeny,
    /// A statement denied it.
    ExplicitDeny,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Policy {
    /// Decide requests. Exit 0: every line was answered, 1: some lines are no cases.
    Evaluate(Evaluate),
}

#[derive(Debug, Args)]
pub(crate) struct Evaluate {
    /// A file of cases, one JSON object a line; `-` is standard input.
    pub(crate) cases: PathBuf,
}

/// What the trials run on.
#[derive(Debug, Args)]
pub(crate) struct On {
    /// What carries AWS's calls out, and what the PostgreSQL servers are.
    #[arg(long, value_enum, default_value_t = StackName::Embedded)]
    pub(crate) stack: StackName,
    /// Carry AWS's calls out at this emulator instead, such as `http://127.0.0.1:5000` of moto.
    #[arg(long, value_name = "URL", conflicts_with = "stack")]
    pub(crate) upstream: Option<String>,
}

/// How the world outside and the stack meet.
#[derive(Debug, Args)]
pub(crate) struct World {
    /// Let clients reach AWS over TLS; `AWS_CA_BUNDLE` names the stack's authority.
    #[arg(long)]
    pub(crate) tls: bool,
    /// Publish an OpenID Connect issuer: its URL, and a file with its JSON Web Key Set (repeatable).
    #[arg(long = "issuer", value_name = "URL=FILE")]
    pub(crate) issuers: Vec<String>,
    /// Set the cluster otherwise than Redshift's are, such as `dialect=lenient` (repeatable).
    #[arg(long = "cluster", value_name = "SETTING=WORD")]
    pub(crate) settings: Vec<String>,
    /// Where programs find AWS credentials.
    #[arg(long, value_enum, default_value_t = CredentialsName::Keys)]
    pub(crate) credentials: CredentialsName,
    /// Write the AWS calls to this file when all is over (the latest 100,000 of each account), as JSON lines in
    /// CloudTrail's field names.
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StackName {
    /// Services in this process, PostgreSQL as a process beside it: needs no Docker.
    Embedded,
    /// LocalStack and PostgreSQL in containers.
    Containers,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CredentialsName {
    /// A user's key in the environment.
    Keys,
    /// The role of an EC2 instance that they run on: its metadata service answers at
    /// `AWS_EC2_METADATA_SERVICE_ENDPOINT`.
    Instance,
}

#[derive(Debug, Args)]
pub(crate) struct Folders {
    /// The folder of the scenarios.
    #[arg(long, default_value = "scenarios")]
    pub(crate) scenarios: PathBuf,
    /// The folder of the documents and data that scenarios name.
    #[arg(long, default_value = "fixtures")]
    pub(crate) fixtures: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) on: On,
    /// Run only scenarios whose name holds one of these texts.
    pub(crate) filters: Vec<String>,
    /// What is printed on standard output.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// Run only the pull of this name (repeatable), besides the baselines.
    #[arg(long = "pull", value_name = "PIN")]
    pub(crate) pulls: Vec<String>,
    /// A connector's file: its program stands in for the built-in agent.
    #[arg(long, value_name = "FILE")]
    pub(crate) connector: Option<PathBuf>,
    /// Write every AWS call to this file when all is over, as JSON lines in CloudTrail's field names.
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,
    /// How many trials run at a time [default: one for each processor, and one more].
    #[arg(long)]
    pub(crate) jobs: Option<usize>,
    #[command(flatten)]
    pub(crate) folders: Folders,
    /// The folder that the report is written to.
    #[arg(long, default_value = "target/linchpin")]
    pub(crate) report: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Minimize {
    #[command(flatten)]
    pub(crate) on: On,
    /// The scenario's name, such as `s3-policy/five-actions`.
    pub(crate) scenario: String,
    /// What is printed on standard output.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// A connector's file: its program stands in for the built-in agent.
    #[arg(long, value_name = "FILE")]
    pub(crate) connector: Option<PathBuf>,
    /// How many trials run at a time [default: one for each processor, and one more].
    #[arg(long)]
    pub(crate) jobs: Option<usize>,
    #[command(flatten)]
    pub(crate) folders: Folders,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For machines: of `check`, the document of `report.json`; of `record`, the lines of the file.
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    pub(crate) folders: Folders,
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The requirement's number, such as R57; a scenario's name: what breaks without which pin, and how sure the words
    /// are; or `stacks`: who does what on each kind of stack.
    pub(crate) requirement: String,
    #[command(flatten)]
    pub(crate) folders: Folders,
}

#[derive(Debug, Args)]
pub(crate) struct Up {
    #[command(flatten)]
    pub(crate) on: On,
    #[command(flatten)]
    pub(crate) world: World,
    /// Write the facts to this file too, as NAME=VALUE lines.
    #[arg(long)]
    pub(crate) env_file: Option<PathBuf>,
    /// The cluster's region.
    #[arg(long, default_value = "eu-west-1")]
    pub(crate) region: String,
}

#[derive(Debug, Args)]
pub(crate) struct Exec {
    #[command(flatten)]
    pub(crate) on: On,
    #[command(flatten)]
    pub(crate) world: World,
    /// The cluster's region.
    #[arg(long, default_value = "eu-west-1")]
    pub(crate) region: String,
    /// The command and its arguments, behind `--`.
    #[arg(last = true, required = true)]
    pub(crate) command: Vec<OsString>,
}
