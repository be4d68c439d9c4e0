//! Processor time, from the kernel's own books.

use std::fs;

/// Seconds that the threads of a process have used, to the nanosecond.
pub fn of(process: u32) -> f64 {
    let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    threads
        .filter_map(|thread| ran(&fs::read_to_string(thread.path().join("schedstat")).ok()?))
        .sum()
}

fn ran(schedstat: &str) -> Option<f64> {
    Some(schedstat.split(' ').next()?.parse::<f64>().ok()? / 1e9)
}

/// Seconds that a process has used, with every process it started.
pub fn of_family(process: u32) -> f64 {
    let children = fs::read_dir("/proc").expect("Linux lists processes").filter_map(|entry| {
        let child = entry.ok()?.file_name().to_str()?.parse().ok()?;
        (stat(child)?.parent == process).then(|| of(child))
    });
    of(process) + stat(process).map_or(0.0, |stat| stat.ended) + children.sum::<f64>()
}

struct Stat {
    parent: u32,
    /// Seconds used by the children that have ended, to the hundredth.
    ended: f64,
}

fn stat(process: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let fields: Vec<&str> = text.rsplit(')').next()?.split_whitespace().collect();
    // Linux counts in hundredths of a second, whatever the processor does.
    let seconds = |at: usize| fields.get(at)?.parse::<f64>().ok().map(|ticks| ticks / 100.0);
    Some(Stat { parent: fields.get(1)?.parse().ok()?, ended: seconds(13)? + seconds(14)? })
}
