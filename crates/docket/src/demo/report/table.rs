//! Tables that stay within a hundred columns.

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, TableStyle};
use std::fmt;

const COLUMNS: u16 = 99;
/// One line below the header, and nothing else: rows are short.
const STYLE: TableStyle =
    TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

#[derive(Clone, Copy)]
pub(super) enum Align {
    Left,
    Right,
}

pub(super) struct Table(comfy_table::Table);

impl Table {
    pub(super) fn new(header: &[(&str, Align)]) -> Self {
        let mut table = comfy_table::Table::new();
        table
            .load_style(STYLE)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(COLUMNS)
            .set_header(header.iter().map(|(name, _)| *name));
        for (column, (_, align)) in table.column_iter_mut().zip(header) {
            column.set_cell_alignment(match align {
                Align::Left => CellAlignment::Left,
                Align::Right => CellAlignment::Right,
            });
        }
        Self(table)
    }

    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.0.add_row(cells.into_iter().collect::<Vec<_>>());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in self.0.lines() {
            writeln!(f, " {}", line.trim_end())?;
        }
        Ok(())
    }
}
