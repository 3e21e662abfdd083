//! A whole file, and the folder of them.

use std::{
    io,
    path::{Path, PathBuf},
};

use linchpin_agent::DOCUMENTED_REGIONS;
use thiserror::Error;

use super::{
    conditions::conditions,
    connector,
    flow::{connection, flow},
    pins::pins,
    pulled::pulled,
    requirements,
    resolve::resolve,
    wordings,
};
use crate::{
    model::{Axis, Cell, Pin, Pulled, Scenario, cells},
    syntax::{Diagnostic, Fields, Node, parse},
};

/// Scenarios that could not be read.
#[derive(Debug, Error)]
pub enum LoadError {
    /// A file's content is wrong.
    #[error("{0}")]
    Wrong(Diagnostic),
    /// A file or folder cannot be read.
    #[error("cannot read `{}`: {source}", .path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The folder of documents and data is not there.
    #[error("there is no folder `{}` for the scenarios' documents and data: name it with `--fixtures`", .0.display())]
    NoFixtures(PathBuf),
    /// There is none at all.
    #[error("no scenario lies under `{}`: a scenario is a file that ends in .yaml", .0.display())]
    None(PathBuf),
}

/// Every scenario under a folder, in the order of their names; `fixtures` is the folder of their documents and data.
///
/// # Errors
/// The first file that cannot be read, or whose content is wrong.
pub fn load_all(folder: &Path, fixtures: &Path) -> Result<Vec<Scenario>, LoadError> {
    if !fixtures.is_dir() {
        return Err(LoadError::NoFixtures(fixtures.to_owned()));
    }
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort();
    if files.is_empty() {
        return Err(LoadError::None(folder.to_owned()));
    }
    files.iter().map(|file| load(folder, file, fixtures)).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), LoadError> {
    let unreadable = |source| LoadError::Unreadable { path: folder.to_owned(), source };
    for entry in folder.read_dir().map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "yaml")
            && !path.ends_with(requirements::FILE)
            && !path.ends_with(wordings::FILE)
            && !path.ends_with(connector::FILE)
        {
            files.push(path);
        }
    }
    Ok(())
}

pub(super) fn read_file(path: &Path) -> Result<String, LoadError> {
    std::fs::read_to_string(path).map_err(|source| LoadError::Unreadable { path: path.to_owned(), source })
}

/// One scenario, and every name in it looked up; its name is its path under `folder`, without the ending.
///
/// # Errors
/// The file cannot be read, or its content is wrong.
pub fn load(folder: &Path, file: &Path, fixtures: &Path) -> Result<Scenario, LoadError> {
    let source = read_file(file)?;
    let name = file.strip_prefix(folder).unwrap_or(file).with_extension("");
    let scenario = parse(&source).and_then(|node| {
        let scenario = build(&name.to_string_lossy(), &node)?;
        resolve(&node, &scenario, fixtures)?;
        Ok(scenario)
    });
    scenario.map_err(|diagnostic| LoadError::Wrong(diagnostic.in_file(file, &source)))
}

/// Reads a scenario's text, without a look at what it names.
pub(crate) fn read(name: &str, source: &str) -> Result<Scenario, Diagnostic> {
    build(name, &parse(source)?)
}

fn build(name: &str, node: &Node) -> Result<Scenario, Diagnostic> {
    let mut fields = Fields::of(node)?;
    fields.only(&[
        "scenario",
        "proves",
        "matrix",
        "connector",
        "pins",
        "connection",
        "flow",
        "holds",
        "pulled",
    ])?;
    let title = fields.text("scenario")?;
    let proves = fields.required("proves")?.texts()?;
    let matrix = fields.optional("matrix").map(matrix).transpose()?.unwrap_or_default();
    let connector_node = fields.optional("connector");
    let connector = connector_node.map(connector::own).transpose()?;
    let pins_node = fields.required("pins")?;
    let pins = pins(pins_node, &matrix)?;
    let connection = connection(fields.required("connection")?, &matrix)?;
    let flow = flow(fields.required("flow")?)?;
    let holds = conditions(fields.required("holds")?)?;
    let pulled_node = fields.required("pulled")?;
    let pulled = pulled(pulled_node, &pins, &matrix)?;
    fields.finish()?;
    every_pin_is_told(pins_node, &matrix, &pins, &pulled)?;
    let name = name.to_owned();
    let scenario = Scenario { title, name, proves, matrix, connector, pins, connection, flow, holds, pulled };
    connector_node.map_or(Ok(()), |node| its_connector_can(node, &scenario))?;
    Ok(scenario)
}

/// What a scenario asks of its own connector is nothing that the built-in agent alone has.
fn its_connector_can(node: &Node, scenario: &Scenario) -> Result<(), Diagnostic> {
    let Some(connector) = &scenario.connector else { return Ok(()) };
    let lacks = cells(&scenario.matrix).iter().find_map(|cell| connector.lacks(scenario, cell));
    lacks.map_or(Ok(()), |reason| {
        Err(Diagnostic::new(
            node.span.clone(),
            format!("the scenario is not for a program: {reason}"),
            "its own",
        ))
    })
}

fn matrix(node: &Node) -> Result<Vec<Axis>, Diagnostic> {
    let axis = |(name, values): &(Node, Node)| {
        let values = match (name.text()?, values.text()) {
            ("region", Ok("documented")) => DOCUMENTED_REGIONS.map(str::to_owned).to_vec(),
            _ => values.texts()?,
        };
        Ok(Axis { name: name.text()?.to_owned(), values })
    };
    node.map()?.iter().map(axis).collect()
}

/// A pin that is neither pulled nor kept for a reason proves nothing, in whichever cell that is.
fn every_pin_is_told(
    node: &Node,
    matrix: &[Axis],
    pins: &[Pin],
    pulled: &[Pulled],
) -> Result<(), Diagnostic> {
    for (pin, (name, _)) in pins.iter().zip(node.map()?).filter(|(pin, _)| pin.not_pulled.is_none()) {
        let lines: Vec<&Pulled> = pulled.iter().filter(|line| line.pull.pin == pin.name).collect();
        if lines.is_empty() {
            let message = format!("the pin `{}` is never pulled", pin.name);
            return Err(Diagnostic::new(name.span.clone(), message, "what breaks without it?")
                .help("add a line to `pulled:`, or say `not pulled:` and why"));
        }
        for cell in cells(matrix).iter().filter(|cell| pin.when.covers(cell)) {
            let told = |line: &Pulled| line.outcomes.iter().any(|outcome| outcome.when.covers(cell));
            if let Some(line) = lines.iter().find(|line| !told(line)) {
                let message = format!("`{}` says nothing for {}", line.pull, describe(cell));
                return Err(Diagnostic::new(name.span.clone(), message, "this pin is in that cell too"));
            }
        }
    }
    Ok(())
}

fn describe(cell: &Cell) -> String {
    cell.iter().map(|(axis, value)| format!("`{axis}: {value}`")).collect::<Vec<_>>().join(", ")
}
