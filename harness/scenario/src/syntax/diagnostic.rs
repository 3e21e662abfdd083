//! What is wrong in a file, where, and what was meant.

use std::{fmt, ops::Range, path::PathBuf};

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

/// Whether to use ANSI colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// For a terminal.
    On,
    /// For a file.
    Off,
}

/// One mistake in a scenario file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic(Box<Mistake>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Mistake {
    span: Range<usize>,
    message: String,
    label: String,
    help: Option<String>,
    file: PathBuf,
    source: String,
}

impl Diagnostic {
    /// A mistake at a place; the file is added by whoever knows it.
    pub(crate) fn new(span: Range<usize>, message: impl Into<String>, label: impl Into<String>) -> Self {
        Self(Box::new(Mistake {
            span,
            message: message.into(),
            label: label.into(),
            help: None,
            file: PathBuf::new(),
            source: String::new(),
        }))
    }

    #[must_use]
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
        self
    }

    #[must_use]
    pub(crate) fn in_file(mut self, file: &std::path::Path, source: &str) -> Self {
        self.0.file = file.to_owned();
        source.clone_into(&mut self.0.source);
        self
    }

    /// The mistake as a compiler would show it.
    pub fn render_for(&self, colours: Colours) -> String {
        match colours {
            Colours::On => self.render(&Renderer::styled()),
            Colours::Off => self.render(&Renderer::plain()),
        }
    }

    fn render(&self, renderer: &Renderer) -> String {
        let Mistake { span, message, label, help, file, source } = &*self.0;
        let path = file.display().to_string();
        let annotation = AnnotationKind::Primary.span(span.clone()).label(label.as_str());
        let snippet = Snippet::source(source.as_str()).path(path.as_str()).annotation(annotation);
        let group = Level::ERROR.primary_title(message.as_str()).element(snippet);
        match help {
            Some(help) => renderer.render(&[group.element(Level::HELP.message(help.as_str()))]),
            None => renderer.render(&[group]),
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(&Renderer::plain()))
    }
}

impl std::error::Error for Diagnostic {}
