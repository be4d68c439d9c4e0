//! Processor time, from the kernel's own books.

use std::fs;

/// Seconds that a process and its threads have used. One that has ended counts
/// for as long as nobody has waited for it.
pub fn of(process: u32) -> f64 {
    times(process).map_or(0.0, |times| times.own)
}

/// Seconds that a process has used, with every process it started.
pub fn of_family(process: u32) -> f64 {
    let parent = times(process).map_or(0.0, |times| times.own + times.ended);
    let running = fs::read_dir("/proc").expect("Linux lists processes").filter_map(|entry| {
        let child = times(entry.ok()?.file_name().to_str()?.parse().ok()?)?;
        (child.parent == process).then_some(child.own)
    });
    parent + running.sum::<f64>()
}

struct Times {
    parent: u32,
    own: f64,
    /// Of the children that have ended and been waited for.
    ended: f64,
}

fn times(process: u32) -> Option<Times> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit(')').next()?.split_whitespace().collect();
    // Linux counts in hundredths of a second, whatever the processor does.
    let seconds = |at: usize| fields.get(at)?.parse::<f64>().ok().map(|ticks| ticks / 100.0);
    Some(Times {
        parent: fields.get(1)?.parse().ok()?,
        own: seconds(11)? + seconds(12)?,
        ended: seconds(13)? + seconds(14)?,
    })
}
