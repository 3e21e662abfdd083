//! A new scenario file must become a test: the macro that finds the files runs only when the crate is compiled.

fn main() {
    for entry in std::fs::read_dir(".").into_iter().flatten().flatten() {
        if entry.path().is_dir() {
            println!("cargo::rerun-if-changed={}", entry.path().display());
        }
    }
    println!("cargo::rerun-if-changed=.");
}
