//! Every scenario as a test of its own name, and what each check of the gateway is for.

// The attribute tells clippy that helpers, too, may panic here.
#[cfg(test)]
mod checks;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod files;
#[cfg(test)]
mod needed_by;
#[cfg(test)]
mod own_connector;
#[cfg(test)]
mod requirements;
#[cfg(test)]
mod run;
