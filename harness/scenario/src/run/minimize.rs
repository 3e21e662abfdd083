//! The least documents of a flow, proven by taking out what is left of them, part by part.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures_util::future::try_join_all;
use linchpin_policy::{Draft, Element, Part};
use thiserror::Error;

use super::progress::{Progress, TrialReport};
use super::runner::Runner;
use super::trial::Seen;
use crate::{
    minimize::{
        Covering, Holder, LeastDocument, Minimized, Narrowed, Needed, Target, TargetError, Told, UnusedBy,
        narrowed, never_used, targets, untouched, used,
    },
    model::{Cell, Scenario, When},
    plan::{Trial, plan},
    verdict::{Break, Verdict},
};

/// Why there are no least documents.
#[derive(Debug, Error)]
pub enum MinimizeError {
    /// The documents cannot be looked at.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The connector offers no cell of the scenario.
    #[error("nothing can be run: {0}")]
    NotOffered(String),
    /// The flow does not hold as it is.
    #[error("the flow does not hold with its documents as they are{}: {detail}", .step.as_ref().map(|step| format!(", it breaks at {step}")).unwrap_or_default())]
    Red {
        /// Where it breaks; none where the trial could not be set up.
        step: Option<String>,
        /// How.
        detail: String,
    },
    /// A trial could not be set up.
    #[error("a trial could not be set up: {0}")]
    Trial(String),
}

/// The documents as they stand, in the order of the targets; none: that policy is left out.
type Drafts = Vec<Option<Draft>>;

/// A part of one of the documents.
type Place = (usize, Part);

struct Search<'a> {
    runner: &'a Runner,
    scenario: Arc<Scenario>,
    cells: Vec<Cell>,
    targets: Vec<Looked>,
    trials: AtomicUsize,
}

/// A document, and what the flow used of it.
struct Looked {
    target: Target,
    used: BTreeSet<Covering>,
    /// Statements that stay.
    kept: BTreeSet<usize>,
    /// Why the document made of what was used does not do.
    broken: Option<Break>,
}

/// The parts that were taken out in vain, and how the flow broke.
type Proof = BTreeMap<Place, Break>;

impl Runner {
    /// Finds the least documents of a scenario's policies: runs its flow, keeps what the calls used, and proves each
    /// part that is left by a trial without it.
    ///
    /// # Errors
    /// [`MinimizeError`].
    pub async fn minimize(&self, scenario: Scenario) -> Result<Minimized, MinimizeError> {
        let documents = targets(&scenario, self.fixtures())?;
        let scenario = Arc::new(scenario);
        let (cells, left_out) = self.offered(&scenario)?;
        let here = |target: &Target| cells.iter().any(|cell| target.when.covers(cell));
        let targets: Vec<Target> = documents.into_iter().filter(here).collect();
        if targets.is_empty() {
            return Err(TargetError::None(scenario.name.clone()).into());
        }
        let looked = targets.into_iter().map(Looked::new).collect();
        let mut search =
            Search { runner: self, scenario, cells, targets: looked, trials: AtomicUsize::default() };
        search.look().await?;
        let drafts = search.narrow().await?;
        let (drafts, proof) = search.prove(drafts).await?;
        Ok(search.told(&drafts, &proof, left_out))
    }

    fn offered(&self, scenario: &Arc<Scenario>) -> Result<(Vec<Cell>, Vec<String>), MinimizeError> {
        let (mut cells, mut left_out) = (Vec::new(), Vec::new());
        for baseline in plan(scenario).into_iter().map(|cell| cell.baseline) {
            match self.not_offered(&baseline) {
                None => cells.push(baseline.cell),
                Some(reason) => left_out.push(reason),
            }
        }
        match left_out.first() {
            Some(reason) if cells.is_empty() => Err(MinimizeError::NotOffered(reason.clone())),
            _ => Ok((cells, left_out)),
        }
    }
}

impl Search<'_> {
    fn written(&self) -> Drafts {
        self.targets.iter().map(|looked| Some(looked.target.written.clone())).collect()
    }

    /// The flow as it is: it must hold, and its record tells what it used.
    async fn look(&mut self) -> Result<(), MinimizeError> {
        let written = self.written();
        let seen = try_join_all(self.cells.iter().map(|cell| self.held(cell, &written))).await?;
        for (cell, seen) in self.cells.iter().zip(seen) {
            for looked in self.targets.iter_mut().filter(|looked| looked.target.when.covers(cell)) {
                looked.used.extend(used(&looked.target, &seen.names, &seen.rights)?);
                looked.kept = looked.target.kept(&seen.names)?;
            }
        }
        Ok(())
    }

    async fn held(&self, cell: &Cell, drafts: &Drafts) -> Result<Seen, MinimizeError> {
        let (report, seen) = self.trial(cell, drafts).await;
        match report.verdict {
            Verdict::Held => Ok(seen),
            _ => Err(MinimizeError::Red {
                detail: first_line(report.error.or(report.cause).unwrap_or_default()),
                step: report.step,
            }),
        }
    }

    /// The documents made of what was used, where the flow holds with them.
    async fn narrow(&mut self) -> Result<Drafts, MinimizeError> {
        let mut drafts = self.written();
        let mut broken = Vec::new();
        for (at, looked) in self.targets.iter().enumerate() {
            let proposal = looked.proposal();
            let tried = replaced(&drafts, at, proposal);
            if tried == drafts || !looked.may_be(tried.get(at)) {
                continue;
            }
            match self.broken(&tried, &looked.target.when).await? {
                None => drafts = tried,
                Some(broke) => broken.push((at, broke)),
            }
        }
        for (at, broke) in broken {
            if let Some(looked) = self.targets.get_mut(at) {
                looked.broken = Some(broke);
            }
        }
        Ok(drafts)
    }

    /// Takes every part out on its own. What breaks the flow stays needed while others go, since rights are only ever
    /// taken away; so after each part that goes for good, only those that broke nothing are tried again.
    async fn prove(&self, mut drafts: Drafts) -> Result<(Drafts, Proof), MinimizeError> {
        let mut proof = Proof::new();
        let mut open: Vec<Place> = self.parts(&drafts);
        loop {
            let less = open.iter().filter_map(|place| Some((place, self.less(&drafts, place)?)));
            let trials = less.map(|(place, less)| self.without(place, less));
            let mut harmless = Vec::new();
            for (place, less, broke) in try_join_all(trials).await? {
                match broke {
                    Some(broke) => drop(proof.insert(place, broke)),
                    None => harmless.push((place, less)),
                }
            }
            let mut harmless = harmless.into_iter();
            let Some((_, less)) = harmless.next() else { return Ok((drafts, proof)) };
            drafts = less;
            open = harmless.map(|(place, _)| place).collect();
        }
    }

    fn parts(&self, drafts: &Drafts) -> Vec<Place> {
        let parts = self.targets.iter().zip(drafts).enumerate().flat_map(|(at, (looked, draft))| {
            let parts = draft.as_ref().map(|draft| looked.target.parts(draft, &looked.kept));
            parts.unwrap_or_default().into_iter().map(move |part| (at, part))
        });
        parts.collect()
    }

    /// The documents without a part; none where it is gone already, or nothing may stand in its place.
    fn less(&self, drafts: &Drafts, (at, part): &Place) -> Option<Drafts> {
        let draft = drafts.get(*at)?.as_ref()?;
        draft.parts().contains(part).then_some(())?;
        let less = replaced(drafts, *at, draft.without(part));
        self.targets.get(*at)?.may_be(less.get(*at)).then_some(less)
    }

    async fn without(
        &self,
        place: &Place,
        less: Drafts,
    ) -> Result<(Place, Drafts, Option<Break>), MinimizeError> {
        let (at, part) = place;
        let Some(looked) = self.targets.get(*at) else { return Ok((place.clone(), less, None)) };
        let broke = self.broken(&less, &looked.target.when).await?;
        let name = looked.target.name(part);
        let came = match &broke {
            Some(broke) => format!("breaks {}", broke.step),
            None => "the flow holds".to_owned(),
        };
        self.runner.tell(Progress::Tried(format!("{} without {name}: {came}", looked.target.pin)));
        Ok((place.clone(), less, broke))
    }

    /// How the flow breaks with these documents in the first of the cells where it does; none where it holds in all.
    async fn broken(&self, drafts: &Drafts, when: &When) -> Result<Option<Break>, MinimizeError> {
        for cell in self.cells.iter().filter(|cell| when.covers(cell)) {
            let (report, _) = self.trial(cell, drafts).await;
            match (report.verdict, report.step) {
                (Verdict::Held, _) => {}
                (_, Some(step)) => {
                    let error = first_line(report.error.unwrap_or_default());
                    return Ok(Some(Break { step, error }));
                }
                (_, None) => return Err(MinimizeError::Trial(report.cause.unwrap_or_default())),
            }
        }
        Ok(None)
    }

    async fn trial(&self, cell: &Cell, drafts: &Drafts) -> (TrialReport, Seen) {
        self.trials.fetch_add(1, Ordering::Relaxed);
        let text = |draft: &Option<Draft>| draft.as_ref().map(ToString::to_string);
        let pins = self.targets.iter().map(|looked| looked.target.pin.clone());
        let trial = Trial {
            scenario: Arc::clone(&self.scenario),
            cell: cell.clone(),
            pulled: None,
            expected: None,
            documents: pins.zip(drafts.iter().map(text)).collect(),
        };
        self.runner.observe(&trial).await
    }

    fn told(&self, drafts: &Drafts, proof: &Proof, left_out: Vec<String>) -> Minimized {
        let documents = self.targets.iter().zip(drafts).enumerate();
        Minimized {
            scenario: self.scenario.name.clone(),
            cells: self.cells.clone(),
            left_out,
            trials: self.trials.load(Ordering::Relaxed),
            documents: documents
                .map(|(at, (looked, draft))| looked.told(at, draft.as_ref(), proof))
                .collect(),
            untouched: untouched(&self.scenario),
        }
    }
}

fn replaced(drafts: &Drafts, at: usize, draft: Option<Draft>) -> Drafts {
    let mut drafts = drafts.clone();
    if let Some(place) = drafts.get_mut(at) {
        *place = draft;
    }
    drafts
}

impl Looked {
    fn new(target: Target) -> Self {
        Self { target, used: BTreeSet::new(), kept: BTreeSet::new(), broken: None }
    }

    fn written_parts(&self) -> Vec<Part> {
        self.target.parts(&self.target.written, &self.kept)
    }

    fn proposal(&self) -> Option<Draft> {
        narrowed(&self.target, &self.written_parts(), &self.used)
    }

    /// A key without a policy of its own gets the default one, which grants more.
    fn may_be(&self, draft: Option<&Option<Draft>>) -> bool {
        !matches!((draft, &self.target.holder), (Some(None), Holder::Key(_)))
    }

    fn part(&self, part: &Part) -> Told {
        Told { part: self.target.name(part), place: self.target.place(part) }
    }

    fn told(&self, at: usize, draft: Option<&Draft>, proof: &Proof) -> LeastDocument {
        let target = &self.target;
        let of = match &target.holder {
            Holder::Principals(names) => names.clone(),
            Holder::Bucket(bucket) => vec![format!("bucket {bucket}")],
            Holder::Key(key) => vec![format!("key {key}")],
        };
        let uncalled = never_used(target, &self.written_parts(), &self.used, None);
        // What is needed without a call is so to a simulation.
        let is_needed = |part: &Part| proof.contains_key(&(at, part.clone()));
        let unused: Vec<Part> = uncalled.iter().filter(|part| !is_needed(part)).cloned().collect();
        let needed = proof.iter().filter(|(place, _)| place.0 == at);
        LeastDocument {
            pin: target.pin.clone(),
            file: target.path.display().to_string(),
            of,
            never_used_by: self.unused_by_some(&uncalled),
            narrowed: draft.map(|draft| self.narrowed_lists(draft)).unwrap_or_default(),
            needless: self.gone(draft, &unused).iter().map(|part| self.part(part)).collect(),
            needed: needed
                .map(|((_, part), Break { step, error })| Needed {
                    told: self.part(part),
                    step: step.clone(),
                    error: error.clone(),
                })
                .collect(),
            kept: self.kept_as_they_are(),
            never_used: unused.iter().map(|part| self.part(part)).collect(),
            least: draft.map(ToString::to_string),
        }
    }

    /// What covers a call, and is in the least document no more: other parts cover that call too, or the flow holds
    /// without it.
    fn gone(&self, draft: Option<&Draft>, unused: &[Part]) -> Vec<Part> {
        let left = draft.map(Draft::parts).unwrap_or_default();
        let is_left = |statement: usize| left.contains(&Part::Statement(statement));
        let is_gone = |part: &Part| match part {
            Part::Statement(statement) => !is_left(*statement),
            Part::Member { statement, element, text } => {
                let texts = draft.and_then(|draft| draft.members(*statement, *element));
                let narrowed = self.is_new(*statement, *element, texts.as_deref().unwrap_or_default());
                is_left(*statement) && !narrowed && texts.is_some_and(|texts| !texts.contains(text))
            }
        };
        self.written_parts().into_iter().filter(|part| !unused.contains(part) && is_gone(part)).collect()
    }

    /// Whether a list holds what the file does not.
    fn is_new(&self, statement: usize, element: Element, texts: &[String]) -> bool {
        let written = self.target.written.members(statement, element).unwrap_or_default();
        texts.iter().any(|text| !written.contains(text))
    }

    /// What is of use to one of several alone.
    fn unused_by_some(&self, by_nobody: &[Part]) -> Vec<UnusedBy> {
        let Holder::Principals(names) = &self.target.holder else { return Vec::new() };
        let by = |name: &String| {
            let unused = never_used(&self.target, &self.written_parts(), &self.used, Some(name));
            let others_do = unused.into_iter().filter(|part| !by_nobody.contains(part));
            others_do.map(|part| UnusedBy { by: name.clone(), told: self.part(&part) }).collect::<Vec<_>>()
        };
        if names.len() > 1 { names.iter().flat_map(by).collect() } else { Vec::new() }
    }

    fn narrowed_lists(&self, draft: &Draft) -> Vec<Narrowed> {
        let statements = self.written_parts().into_iter().filter(|part| matches!(part, Part::Statement(_)));
        let lists = statements.flat_map(|part| {
            [Element::Action, Element::Resource].into_iter().filter_map(move |element| {
                let after = draft.members(part.statement(), element)?;
                let new = self.is_new(part.statement(), element, &after);
                let name = format!("{} of {}", element.name(), self.target.name(&part));
                let told = Told { part: name, place: self.target.place(&part) };
                new.then_some(Narrowed { told, to: after })
            })
        });
        lists.collect()
    }

    fn kept_as_they_are(&self) -> Vec<String> {
        let administration = self.kept.iter().map(|statement| {
            let part = Part::Statement(*statement);
            format!("{} at {} leaves it to whole accounts", self.target.name(&part), self.target.place(&part))
        });
        let whole = self.broken.iter().map(|broke| {
            format!(
                "wildcards: with what was asked for in their place it breaks {}: {}",
                broke.step, broke.error
            )
        });
        administration.chain(whole).collect()
    }
}

fn first_line(text: String) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
