//! Random cases, each from a seed of its own, over the vocabulary of `tests/cases/vocabulary.json`.
//!
//! The vocabulary keeps to what AWS documents and every implementation reads alike, and is small, so that requests and
//! documents meet often.

use std::sync::LazyLock;

use linchpin_policy::{Case, Outcome};
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use serde_json::{Map, Value, json};

static VOCABULARY: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../cases/vocabulary.json")).unwrap());

/// The cases that a test looks at.
pub const SEEDS: std::ops::Range<u64> = 0..600;

/// What a document is attached to.
#[derive(Clone, Copy, PartialEq)]
pub enum Attached {
    Identity,
    Resource,
    /// A resource control policy: its principal is everybody.
    Organization,
}

/// A source of parts of cases.
pub struct Random(StdRng);

impl Random {
    pub fn of(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    /// A whole case, as `linchpin policy evaluate` reads it.
    pub fn case(seed: u64) -> Value {
        let mut random = Self::of(seed);
        let mut case = json!({
            "id": seed,
            "principal": random.one_of("principals"),
            "action": random.one_of("requested_actions"),
            "resource": random.one_of("requested_resources"),
            "resource_account": random.one_of("owners"),
            "context": random.context(),
            "identity_policies": random.documents(Attached::Identity),
        });
        for (field, part) in random.further_documents() {
            case[field] = part;
        }
        case
    }

    /// Documents that few requests meet, so that each is in some cases only.
    fn further_documents(&mut self) -> Vec<(&'static str, Value)> {
        let mut parts = Vec::new();
        if self.0.random_bool(0.5) {
            parts.push(("resource_policy", self.document(Attached::Resource)));
        }
        if self.0.random_bool(0.2) {
            parts.push(("permission_boundaries", self.documents(Attached::Identity)));
        }
        if self.0.random_bool(0.1) {
            parts.push(("session_policy", self.document(Attached::Identity)));
        }
        if self.0.random_bool(0.2) {
            parts.push(("scps", self.levels(Attached::Identity)));
        }
        if self.0.random_bool(0.1) {
            parts.push(("rcps", self.levels(Attached::Organization)));
        }
        parts
    }

    fn levels(&mut self, attached: Attached) -> Value {
        let levels = 0..self.0.random_range(1..=2);
        levels.map(|_| json!({ "policies": self.documents(attached) })).collect()
    }

    fn documents(&mut self, attached: Attached) -> Value {
        (0..self.0.random_range(1..=2)).map(|_| self.document(attached)).collect()
    }

    pub fn document(&mut self, attached: Attached) -> Value {
        let statements = (0..self.0.random_range(1..=3)).map(|_| {
            let effect = if self.0.random_bool(0.8) { "Allow" } else { "Deny" };
            self.statement(effect, attached)
        });
        let statements: Value = statements.collect();
        json!({ "Version": "2012-10-17", "Statement": statements })
    }

    pub fn statement(&mut self, effect: &str, attached: Attached) -> Value {
        let mut statement = Map::new();
        statement.insert("Effect".to_owned(), json!(effect));
        self.element(&mut statement, "Action", "actions");
        self.element(&mut statement, "Resource", "resources");
        match attached {
            Attached::Identity => {}
            Attached::Resource => {
                statement.insert("Principal".to_owned(), self.one_of("names"));
            }
            Attached::Organization => {
                statement.insert("Principal".to_owned(), json!("*"));
            }
        }
        if self.0.random_bool(0.6) {
            statement.insert("Condition".to_owned(), self.condition());
        }
        Value::Object(statement)
    }

    /// An element with one or more values of the vocabulary, now and then as its `Not..` twin.
    fn element(&mut self, statement: &mut Map<String, Value>, name: &str, values: &str) {
        let negation = if self.0.random_bool(0.1) { "Not" } else { "" };
        statement.insert(format!("{negation}{name}"), self.some_of(&VOCABULARY[values]));
    }

    fn condition(&mut self) -> Value {
        let mut condition = json!({});
        for _ in 0..self.0.random_range(1..=2) {
            let key = self.pick(&VOCABULARY["keys"]);
            let operator = self.pick(&VOCABULARY["operators"][key["kind"].as_str().unwrap()]);
            let spelling = self.pick(&key["spellings"]);
            condition[operator.as_str().unwrap()][spelling.as_str().unwrap()] = if operator == "Null" {
                self.pick(&json!(["true", "false"]))
            } else {
                self.some_of(&key["listed"])
            };
        }
        condition
    }

    fn context(&mut self) -> Value {
        let keys = VOCABULARY["keys"].as_array().unwrap().iter();
        let mut context: Map<String, Value> = keys
            .map(|key| (key["spellings"][0].as_str().unwrap().to_owned(), self.pick(&key["requested"])))
            .collect();
        context.retain(|_, value| !value.is_null());
        Value::Object(context)
    }

    fn one_of(&mut self, values: &str) -> Value {
        self.pick(&VOCABULARY[values])
    }

    fn pick(&mut self, values: &Value) -> Value {
        values.as_array().unwrap().choose(&mut self.0).unwrap().clone()
    }

    /// One value on its own, or a list of several.
    fn some_of(&mut self, values: &Value) -> Value {
        match self.0.random_range(1..=3) {
            1 => self.pick(values),
            several => (0..several).map(|_| self.pick(values)).collect(),
        }
    }
}

/// What the engine says of a case.
pub fn outcome(case: &Value) -> Outcome {
    let parsed = Case::parse(&case.to_string()).unwrap_or_else(|error| panic!("{error} in {case}"));
    parsed.decide().outcome
}

/// Does something to each document of a case, wherever it is attached.
pub fn for_each_document(part: &mut Value, then: &mut dyn FnMut(&mut Value)) {
    if part.get("Statement").is_some() {
        return then(part);
    }
    match part {
        Value::Array(members) => members.iter_mut().for_each(|member| for_each_document(member, then)),
        Value::Object(fields) => fields.values_mut().for_each(|field| for_each_document(field, then)),
        _ => {}
    }
}
