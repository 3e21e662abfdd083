//! The `linchpin` program.

mod arguments;
mod check;
mod error;
mod exec;
mod list;
mod minimize;
mod on;
mod policy;
mod record;
mod record_query;
mod signals;
mod up;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command, Policy};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return error::CliError::Runtime(error).report(),
    };
    let ended = runtime.block_on(async {
        match arguments.command {
            Command::Check(check) => check::check(check).await,
            Command::Minimize(minimize) => minimize::minimize(minimize).await,
            Command::List(arguments) => list::list(&arguments),
            Command::Explain(arguments) => list::explain(&arguments),
            Command::Up(up) => up::up(up).await,
            Command::Exec(exec) => exec::exec(exec).await,
            Command::Record(record) => record_query::record(&record),
            Command::Policy(Policy::Evaluate(cases)) => policy::evaluate(&cases),
        }
    });
    ended.unwrap_or_else(|error| error.report())
}
