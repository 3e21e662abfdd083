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
pub struct Diagnostic {
    pub(crate) span: Range<usize>,
    pub(crate) message: String,
    pub(crate) label: String,
    pub(crate) help: Option<String>,
    pub(crate) file: PathBuf,
    pub(crate) source: String,
}

impl Diagnostic {
    /// A mistake at a place; the file is added by whoever knows it.
    pub(crate) fn new(span: Range<usize>, message: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            span,
            message: message.into(),
            label: label.into(),
            help: None,
            file: PathBuf::new(),
            source: String::new(),
        }
    }

    #[must_use]
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    #[must_use]
    pub(crate) fn in_file(mut self, file: &std::path::Path, source: &str) -> Self {
        self.file = file.to_owned();
        source.clone_into(&mut self.source);
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
        let path = self.file.display().to_string();
        let annotation = AnnotationKind::Primary.span(self.span.clone()).label(self.label.as_str());
        let snippet = Snippet::source(self.source.as_str()).path(path.as_str()).annotation(annotation);
        let group = Level::ERROR.primary_title(self.message.as_str()).element(snippet);
        match &self.help {
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
