//! Tables for people: aligned columns; the least important ones are dropped on a narrow terminal.

use crate::scalar::plain_lines;

/// The space between two columns.
const GAP: &str = "  ";

/// The fewest characters to which a cell is cut to make a table fit.
const MIN_CUT: usize = 12;

/// The most characters of a cell: every line of a column is as wide as its widest one.
const MAX_CELL: usize = 200;

/// A table under construction.
pub(super) struct Table {
    columns: Vec<Column>,
    rows: usize,
}

/// A column of a [`Table`].
pub(super) struct Column {
    title: &'static str,
    /// 0 for a column that is always shown; of the others, the highest rank is dropped first.
    rank: u8,
    /// Whether its cells are cut on a narrow terminal, before columns are dropped.
    is_cut: bool,
    is_number: bool,
    cells: Vec<String>,
}

impl Table {
    pub(super) fn new(columns: impl IntoIterator<Item = Column>) -> Self {
        Self { columns: columns.into_iter().collect(), rows: 0 }
    }

    /// Adds a row with one cell per column. A missing cell is empty.
    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let mut cells = cells.into_iter();
        for column in &mut self.columns {
            column.cells.push(cell(&cells.next().unwrap_or_default()));
        }
        self.rows += 1;
    }

    /// Renders the titles and the rows. `width` is that of the terminal in characters: if the
    /// table is wider, optional columns are dropped, then each cell gets a line of its own.
    pub(super) fn render(mut self, width: Option<usize>) -> String {
        // An optional column without a single value is noise.
        self.columns
            .retain(|column| column.rank == 0 || column.cells.iter().any(|cell| cell != "-"));
        let width = width.unwrap_or(usize::MAX);
        self.cut(width);
        let fits = |columns: &[Column]| total(columns) <= width;
        while !fits(&self.columns) {
            let ranks = self.columns.iter().map(|column| column.rank);
            let Some(highest) = ranks.max().filter(|rank| *rank > 0) else { break };
            self.columns.retain(|column| column.rank != highest);
        }
        if fits(&self.columns) { self.aligned() } else { self.stacked(width) }
    }

    /// Cuts the cells of the columns that may be cut, as far as it takes to fit into `width`.
    fn cut(&mut self, width: usize) {
        let excess = total(&self.columns).saturating_sub(width);
        for column in self.columns.iter_mut().filter(|column| column.is_cut && excess > 0) {
            let most = column.width().saturating_sub(excess).max(MIN_CUT);
            for cell in &mut column.cells {
                *cell = shortened(cell, most);
            }
        }
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

    /// One line per cell, for terminals that are too narrow for a table. The first cell is the
    /// heading of the others, which have their titles where a line has space for it.
    fn stacked(&self, width: usize) -> String {
        let mut text = String::new();
        for row in 0..self.rows {
            for (at, column) in self.columns.iter().enumerate() {
                let cell = &column.cells[row];
                let titled = format!("{GAP}{}: {cell}", column.title);
                let line = match at {
                    0 => cell.clone(),
                    _ if titled.chars().count() <= width => titled,
                    _ => format!("{GAP}{cell}"),
                };
                text.extend([&line, "\n"]);
            }
        }
        text
    }
}

impl Column {
    /// A column of text, aligned to the left.
    pub(super) const fn text(title: &'static str) -> Self {
        Self { title, rank: 0, is_cut: false, is_number: false, cells: Vec::new() }
    }

    /// A column of numbers, aligned to the right.
    pub(super) fn number(title: &'static str) -> Self {
        Self { is_number: true, ..Self::text(title) }
    }

    /// Lets the column be dropped, before those of a lower rank.
    pub(super) fn optional(self, rank: u8) -> Self {
        Self { rank, ..self }
    }

    /// Lets the cells be cut on a narrow terminal.
    pub(super) fn cuttable(self) -> Self {
        Self { is_cut: true, ..self }
    }

    fn width(&self) -> usize {
        let cells = self.cells.iter().map(|cell| cell.chars().count());
        cells.chain([self.title.chars().count()]).max().unwrap_or(0)
    }
}

fn total(columns: &[Column]) -> usize {
    let gaps = columns.len().saturating_sub(1) * GAP.len();
    columns.iter().map(Column::width).sum::<usize>() + gaps
}

/// The platform's text as a cell.
fn cell(text: &str) -> String {
    shortened(&plain(text), MAX_CELL + 1)
}

/// At most `most` characters, the last of which is an ellipsis if something is missing.
fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// The platform's text on one line, without terminal escape sequences.
pub(super) fn plain(text: &str) -> String {
    plain_lines(text).join(" ")
}

/// A value, or a dash.
pub(super) fn or_dash<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

/// A time to the minute, in UTC: `2026-11-21 12:30`. Text that is not a time is returned unchanged.
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
        let mut table = Table::new([
            Column::text("NAME"),
            Column::text("ID"),
            Column::number("N").optional(2),
            Column::text("EMPTY").optional(1),
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
        assert_eq!(table().render(Some(10)), "a\n  0123456789\nlonger name\n  ID: x\n");
    }

    #[test]
    fn a_long_cell_is_cut_before_a_column_is_dropped() {
        let mut table = Table::new([
            Column::text("WHERE"),
            Column::text("WHAT").cuttable().optional(1),
            Column::text("OK"),
        ]);
        table.row(["a:1", "a text that is much too long", "yes"].map(str::to_owned));
        let text = table.render(Some(26));
        assert_eq!(text, "WHERE  WHAT            OK\na:1    a text that i…  yes\n");
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
