//! The road, driven over its socket: `aws-sigv4` signs, and every way to do it wrong is refused.

// The attributes tell clippy that helpers, too, may panic here.
#[cfg(test)]
mod abuse;
#[cfg(test)]
mod connections;
#[cfg(test)]
mod disturb;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod noise;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod request;
#[cfg(test)]
mod stand;
#[cfg(test)]
mod tls;
