//! Indentation, blanks between pieces, and alignment of neighbouring lines.
//!
//! A line has up to three cells: what leads, `= value` where the value closes all brackets it opens, and a comment at the end.
//! Equals signs of consecutive lines are aligned, then comments.

use super::Piece;
use super::spacing::has_blank;
use crate::syntax::token::TokenKind;
use std::ops::Range;
use unicode_segmentation::UnicodeSegmentation;

/// Where in the pieces a line and its cells are: `start..assign..comment..end`.
struct Line {
    start: usize,
    assign: usize,
    comment: usize,
    end: usize,
}

impl Line {
    fn lead(&self) -> Range<usize> {
        self.start..self.assign
    }

    fn value(&self) -> Range<usize> {
        self.assign..self.comment
    }

    fn has_value(&self) -> bool {
        self.assign < self.comment
    }

    fn has_comment(&self) -> bool {
        self.comment < self.end
    }
}

pub fn lay_out(pieces: &mut [Piece]) {
    let lines = lines(pieces);
    indent(&lines, pieces);
    for line in &lines {
        space(&mut pieces[line.lead()]);
        space(&mut pieces[line.value()]);
    }
    align(&lines, pieces, Line::has_value, |line| (line.lead(), line.assign));
    align(&lines, pieces, Line::has_comment, |line| (line.start..line.comment, line.comment));
}

fn lines(pieces: &[Piece]) -> Vec<Line> {
    let mut lines = Vec::with_capacity(pieces.len() / 6 + 1);
    let mut start = 0;
    for (index, piece) in pieces.iter().enumerate() {
        if piece.ends_line() {
            lines.push(line(pieces, start, index + 1));
            start = index + 1;
        }
    }
    if start < pieces.len() {
        lines.push(line(pieces, start, pieces.len()));
    }
    lines
}

fn line(pieces: &[Piece], start: usize, end: usize) -> Line {
    let has_comment = end - start > 1 && pieces[end - 1].kind == TokenKind::Comment;
    let comment = end - usize::from(has_comment);
    let sign = pieces[start..comment].iter().skip(1).position(|piece| piece.kind == TokenKind::Assign);
    let assign = sign
        .map(|position| start + 1 + position)
        .filter(|sign| pieces[*sign..comment].iter().map(Piece::nesting).sum::<i32>() == 0)
        .unwrap_or(comment);
    Line { start, assign, comment, end }
}

/// Two blanks for each line around that opened more brackets than it closed.
fn indent(lines: &[Line], pieces: &mut [Piece]) {
    // How many brackets each of those lines left open.
    let mut levels: Vec<i32> = Vec::new();
    for line in lines {
        if pieces[line.start].kind == TokenKind::Newline {
            pieces[line.start].blanks = 0;
            continue;
        }
        let lead = &pieces[line.lead()];
        let heredoc = lead.iter().position(|piece| piece.kind == TokenKind::OpenHeredoc);
        let lead = &lead[..heredoc.unwrap_or(lead.len())];
        let nesting: i32 = lead.iter().chain(&pieces[line.value()]).map(Piece::nesting).sum();
        close(&mut levels, -nesting);
        pieces[line.start].blanks = 2 * levels.len() as u32;
        if nesting > 0 {
            levels.push(nesting);
        }
    }
}

fn close(levels: &mut Vec<i32>, mut closed: i32) {
    while closed > 0 {
        let Some(open) = levels.last_mut() else { return };
        if *open > closed {
            *open -= closed;
            return;
        }
        closed -= *open;
        levels.pop();
    }
}

fn space(cell: &mut [Piece]) {
    for index in 1..cell.len() {
        let before = index.checked_sub(2).map(|before| &cell[before]);
        let blank = has_blank(before, &cell[index - 1], &cell[index]);
        cell[index].blanks = u32::from(blank);
    }
}

/// Puts a cell of consecutive lines that have it below each other, one blank after the longest of what precedes it.
fn align(
    lines: &[Line],
    pieces: &mut [Piece],
    has_cell: impl Fn(&Line) -> bool,
    cell: impl Fn(&Line) -> (Range<usize>, usize),
) {
    let mut columns: Vec<u32> = Vec::new();
    for chain in lines.chunk_by(|one, next| has_cell(one) && has_cell(next)) {
        if !has_cell(&chain[0]) {
            continue;
        }
        columns.clear();
        columns.extend(chain.iter().map(|line| width(&pieces[cell(line).0])));
        let widest = columns.iter().copied().max().unwrap_or(0);
        for (line, columns) in chain.iter().zip(&columns) {
            pieces[cell(line).1].blanks = widest - columns + 1;
        }
    }
}

fn width(cell: &[Piece]) -> u32 {
    cell.iter().map(|piece| piece.blanks + grapheme_count(piece.text)).sum()
}

fn grapheme_count(text: &str) -> u32 {
    // Of ASCII characters, only CR and LF together make one cluster.
    let is_plain = text.bytes().all(|byte| byte.is_ascii() && byte != b'\r');
    let count = if is_plain { text.len() } else { text.graphemes(true).count() };
    count as u32
}
