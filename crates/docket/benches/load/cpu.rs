//! What a process has used, from the kernel's own books.

/// Seconds of processor time, user and system, of a process and its threads.
pub fn seconds(process: u32) -> f64 {
    ticks(process, 11)
}

/// The same of the processes it started and that have ended.
pub fn seconds_of_children(process: u32) -> f64 {
    ticks(process, 13)
}

fn ticks(process: u32, at: usize) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).expect("it runs");
    let fields: Vec<&str> =
        stat.rsplit(')').next().expect("a name ends").split_whitespace().collect();
    let ticks = |at: usize| fields[at].parse::<f64>().expect("ticks are a number");
    // Linux counts in hundredths of a second, whatever the processor does.
    (ticks(at) + ticks(at + 1)) / 100.0
}

/// Megabytes of memory that are really in use.
pub fn resident_mb(process: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("it runs");
    let line = status.lines().find(|line| line.starts_with("VmRSS")).expect("Linux says");
    let kb: f64 = line.split_whitespace().nth(1).expect("a number").parse().expect("a number");
    kb / 1024.0
}
