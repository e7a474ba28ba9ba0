//! Tables for people: aligned columns, of which the least important go where there is no room.

use crate::scalar::plain_lines;

/// The space between two columns.
const GAP: &str = "  ";

/// A table under construction.
pub(super) struct Table {
    columns: Vec<Column>,
    rows: usize,
}

struct Column {
    title: &'static str,
    /// What goes first where there is no room: the highest number.
    rank: u8,
    is_number: bool,
    cells: Vec<String>,
}

impl Table {
    /// A table of columns: their titles, their ranks, and whether they hold numbers. Columns of
    /// rank 0 stay whatever happens.
    pub(super) fn new(columns: &[(&'static str, u8, bool)]) -> Self {
        let columns = columns.iter().map(|(title, rank, is_number)| Column {
            title,
            rank: *rank,
            is_number: *is_number,
            cells: Vec::new(),
        });
        Self { columns: columns.collect(), rows: 0 }
    }

    /// Adds a row, a cell a column.
    pub(super) fn row<const N: usize>(&mut self, cells: [String; N]) {
        debug_assert_eq!(N, self.columns.len());
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            column.cells.push(plain(&cell));
        }
        self.rows += 1;
    }

    /// The lines, title first, in at most `width` columns of the terminal if that can be done.
    pub(super) fn render(mut self, width: Option<usize>) -> String {
        // A column that is empty throughout says nothing.
        self.columns.retain(|it| it.rank == 0 || it.cells.iter().any(|cell| cell != "-"));
        let fits = |columns: &[Column]| width.is_none_or(|width| total(columns) <= width);
        while !fits(&self.columns) {
            let ranks = self.columns.iter().map(|column| column.rank);
            let Some(highest) = ranks.max().filter(|rank| *rank > 0) else { break };
            self.columns.retain(|column| column.rank != highest);
        }
        if fits(&self.columns) { self.aligned() } else { self.stacked() }
    }

    fn aligned(&self) -> String {
        let titles = self.columns.iter().map(|column| column.title);
        let mut text = self.line(titles);
        for row in 0..self.rows {
            text += &self.line(self.columns.iter().map(|column| column.cells[row].as_str()));
        }
        text
    }

    fn line<'a>(&self, cells: impl Iterator<Item = &'a str>) -> String {
        let cells: Vec<_> = self
            .columns
            .iter()
            .zip(cells)
            .map(|(column, cell)| {
                let width = column.width();
                if column.is_number { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
            })
            .collect();
        format!("{}\n", cells.join(GAP).trim_end())
    }

    /// A line a cell, for terminals that no table fits into.
    fn stacked(&self) -> String {
        let mut text = String::new();
        for row in 0..self.rows {
            for (at, column) in self.columns.iter().enumerate() {
                let indent = if at == 0 { "" } else { GAP };
                text.extend([indent, &column.cells[row], "\n"]);
            }
        }
        text
    }
}

impl Column {
    fn width(&self) -> usize {
        let cells = self.cells.iter().map(|cell| cell.chars().count());
        cells.chain([self.title.chars().count()]).max().unwrap_or(0)
    }
}

fn total(columns: &[Column]) -> usize {
    let gaps = columns.len().saturating_sub(1) * GAP.len();
    columns.iter().map(Column::width).sum::<usize>() + gaps
}

/// A text of the platform's in one line, without what would move the cursor.
pub(super) fn plain(text: &str) -> String {
    plain_lines(text).join(" ")
}

/// A value, or a dash.
pub(super) fn or_dash<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

/// A time to the minute, in UTC: `2026-11-21 12:30`. What is no time is shown as it is.
pub(super) fn time(text: Option<&str>) -> String {
    let Some(text) = text else { return "-".to_owned() };
    match text.parse::<jiff::Timestamp>() {
        Ok(time) => time.strftime("%Y-%m-%d %H:%M").to_string(),
        Err(_) => text.to_owned(),
    }
}

/// Memory or disk as people read it.
pub(super) fn mebibytes(count: Option<u64>) -> String {
    match count {
        None => "-".to_owned(),
        Some(count) if count.is_multiple_of(1024) => format!("{} GiB", count / 1024),
        Some(count) => format!("{count} MiB"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(&[
            ("NAME", 0, false),
            ("ID", 0, false),
            ("N", 2, true),
            ("EMPTY", 1, false),
        ]);
        let row = |cells: [&str; 4]| cells.map(str::to_owned);
        table.row(row(["a", "0123456789", "1", "-"]));
        table.row(row(["longer\u{1b}[31m\nname", "x", "100", "-"]));
        table
    }

    #[test]
    fn columns_are_aligned_and_the_least_important_go_first() {
        let whole = "NAME         ID            N\n\
                     a            0123456789    1\n\
                     longer name  x           100\n";
        assert_eq!(table().render(None), whole);
        assert_eq!(table().render(Some(28)), whole);
        let less = "NAME         ID\na            0123456789\nlonger name  x\n";
        assert_eq!(table().render(Some(27)), less);
        assert_eq!(table().render(Some(10)), "a\n  0123456789\nlonger name\n  x\n");
    }

    #[test]
    fn values_are_short() {
        assert_eq!(time(Some("2026-11-21T12:30:59.123Z")), "2026-11-21 12:30");
        assert_eq!(time(Some("yesterday")), "yesterday");
        assert_eq!(mebibytes(Some(2048)), "2 GiB");
        assert_eq!(mebibytes(Some(512)), "512 MiB");
        assert_eq!(or_dash::<u64>(None), "-");
    }
}
