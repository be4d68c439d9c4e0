//! The table in which a run ends.

use crate::reading::{Better, Line, Reading, median};
use comfy_table::{CellAlignment, Table, presets::ASCII_MARKDOWN};
use std::io::Write;

const COLUMNS: [&str; 8] = [
    "",
    "median",
    "min – max",
    "of best other",
    "of bare table",
    "client CPU µs",
    "server CPU µs",
    "durable writes/s",
];

const NOTES: &str = "\
Ratios say how many times better: above 1.00 is ahead. * was broken off, with jobs left.
Docket's claims do not wait for the disk, only what ends a job does; a claim that is lost is made again.
graphile-worker keeps a dead worker's locks for four hours; here they are released by hand at once.";

/// What a system showed on one line of the table, over all rounds.
struct Row {
    system: String,
    values: Vec<f64>,
    client: Vec<f64>,
    server: Vec<f64>,
    disk: Vec<f64>,
    left: bool,
}

pub fn print(readings: &[Reading]) {
    let mut lines: Vec<&Line> = vec![];
    for reading in readings {
        if !lines.contains(&&reading.line) {
            lines.push(&reading.line);
        }
    }
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN).set_header(COLUMNS);
    for line in lines {
        table.add_row([format!("{}, {}", line.what, line.unit)]);
        let rows = rows(readings, line);
        for row in &rows {
            table.add_row(cells(line, row, &rows));
        }
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    say(&table.to_string());
    say(NOTES);
}

fn rows(readings: &[Reading], line: &Line) -> Vec<Row> {
    let mut rows: Vec<Row> = vec![];
    for reading in readings.iter().filter(|reading| reading.line == *line) {
        let at = rows.iter().position(|row| row.system == reading.system).unwrap_or_else(|| {
            rows.push(Row::of(reading));
            rows.len() - 1
        });
        rows[at].add(reading);
    }
    rows
}

impl Row {
    fn of(reading: &Reading) -> Self {
        let system = reading.system.clone();
        let none = Vec::new;
        Self { system, values: none(), client: none(), server: none(), disk: none(), left: false }
    }

    fn add(&mut self, reading: &Reading) {
        self.values.push(reading.value);
        if let Some((client, server)) = reading.cpu {
            self.client.push(client);
            self.server.push(server);
        }
        self.disk.push(reading.disk);
        self.left |= reading.left > 0;
    }
}

fn cells(line: &Line, row: &Row, rows: &[Row]) -> Vec<String> {
    let value = median(&row.values);
    let ahead_of = |other: f64| match line.better {
        Better::More => value / other,
        Better::Less => other / value,
        Better::Neither => f64::NAN,
    };
    // A peer's other settings are not another system.
    let name = |row: &Row| row.system.split(',').next().map(str::to_owned);
    let others = rows.iter().filter(|other| name(other) != name(row) && other.system != BARE);
    let against = others.map(|other| ahead_of(median(&other.values))).min_by(f64::total_cmp);
    let bare = rows.iter().find(|other| other.system == BARE && row.system != BARE);
    let optional = |values: &[f64]| {
        if values.is_empty() { String::new() } else { figure(median(values)) }
    };
    vec![
        format!("  {}", row.system),
        format!("{}{}", figure(value), if row.left { "*" } else { "" }),
        format!(
            "{} – {}",
            figure(extreme(&row.values, f64::min)),
            figure(extreme(&row.values, f64::max))
        ),
        against.filter(|_| row.system != BARE).map_or_else(String::new, times),
        bare.map_or_else(String::new, |bare| times(ahead_of(median(&bare.values)))),
        optional(&row.client),
        optional(&row.server),
        figure(median(&row.disk)),
    ]
}

const BARE: &str = "a bare table";

fn extreme(values: &[f64], choose: fn(f64, f64) -> f64) -> f64 {
    values.iter().copied().reduce(choose).unwrap_or(f64::NAN)
}

fn times(ratio: f64) -> String {
    if ratio.is_normal() { format!("{ratio:.2}") } else { String::new() }
}

/// Three digits that count, and all of those before the point.
fn figure(value: f64) -> String {
    match value {
        value if value.is_nan() => String::new(),
        value if value >= 100.0 || value == 0.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}

/// One reading as it comes, so that a long run can be watched.
pub fn say_one(reading: &Reading, round: usize) {
    let Line { what, unit, .. } = &reading.line;
    let value = figure(reading.value);
    say(&format!("{:>2}  {what:<53} {:<29}{value:>9} {unit}", round + 1, reading.system));
}

pub fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).expect("somebody reads this");
}
