//! Reads a command and calls the library.

fn main() -> std::process::ExitCode {
    docket::cli::run()
}
