//! The one place that prints and asks.
//!
//! Output is gathered and written in large pieces; errors and questions flush it first, so that the two streams stay in order.

use crate::diag::{Diagnostic, Diagnostics, SourceMap};
use crate::render::diagnostics::{TextOptions, render_diagnostics};
use std::io::{BufRead, IsTerminal, Read, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Columns where the output is no terminal.
const PIPE_WIDTH: usize = 78;

/// Bytes gathered before they are written.
const PIECE: usize = 1 << 16;

pub struct Terminal {
    printer: Printer,
    color: bool,
    compact_warnings: bool,
    is_spaced: bool,
    output_is_terminal: bool,
    input_is_terminal: bool,
    width: usize,
}

/// A handle for those who print while somebody else holds the terminal: observers of running operations.
#[derive(Clone, Default)]
pub struct Printer(Arc<Mutex<String>>);

impl Printer {
    pub fn print(&self, text: &str) {
        let mut gathered = self.gathered();
        gathered.push_str(text);
        if gathered.len() >= PIECE {
            write_out(&mut gathered);
        }
    }

    pub fn flush(&self) {
        write_out(&mut self.gathered());
    }

    fn gathered(&self) -> MutexGuard<'_, String> {
        // Text gathered by a thread that panicked is still worth showing.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn write_out(gathered: &mut String) {
    // A closed pipe (`terrace show | head`) is not worth a message.
    let mut output = std::io::stdout().lock();
    let _ = output.write_all(gathered.as_bytes());
    let _ = output.flush();
    gathered.clear();
}

impl Terminal {
    /// Standard input, output and error.
    pub fn of_process() -> Self {
        let output_is_terminal = std::io::stdout().is_terminal();
        Self {
            printer: Printer::default(),
            color: output_is_terminal,
            compact_warnings: false,
            is_spaced: false,
            output_is_terminal,
            input_is_terminal: std::io::stdin().is_terminal(),
            width: if output_is_terminal { terminal_width().unwrap_or(PIPE_WIDTH) } else { PIPE_WIDTH },
        }
    }

    pub fn printer(&self) -> Printer {
        self.printer.clone()
    }

    /// Whether colour may be used; without a terminal there is none anyway.
    pub fn set_color(&mut self, allowed: bool) {
        self.color = allowed && self.output_is_terminal;
    }

    pub fn set_compact_warnings(&mut self, compact: bool) {
        self.compact_warnings = compact;
    }

    /// An empty line after each diagnostic, as Terraform's older commands have it.
    pub fn space_diagnostics(&mut self) {
        self.is_spaced = true;
    }

    pub fn color(&self) -> bool {
        self.color
    }

    pub fn width(&self) -> usize {
        self.width
    }

    pub fn is_terminal(&self) -> bool {
        self.output_is_terminal
    }

    /// Whether there is somebody who could answer.
    pub fn is_interactive(&self) -> bool {
        self.input_is_terminal
    }

    pub fn options(&self) -> TextOptions {
        TextOptions {
            color: self.color,
            width: self.width,
            compact_warnings: self.compact_warnings,
            is_spaced: self.is_spaced,
        }
    }

    pub fn print(&mut self, text: &str) {
        self.printer.print(text);
    }

    pub fn print_line(&mut self, line: &str) {
        self.print(line);
        self.print("\n");
    }

    pub fn print_error(&mut self, text: &str) {
        self.flush();
        // Nobody is left to tell when standard error is gone.
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
    }

    /// Warnings go to the output, errors to the error stream.
    pub fn print_diagnostics(&mut self, diagnostics: &Diagnostics, sources: &SourceMap) {
        let streams = render_diagnostics(diagnostics, sources, self.options());
        self.print(&streams.out);
        if !streams.err.is_empty() {
            self.print_error(&streams.err);
        }
    }

    /// A diagnostic that points at no file.
    pub fn print_diagnostic(&mut self, diagnostic: &Diagnostic) {
        self.print_diagnostics(&diagnostic.clone().into(), &SourceMap::new());
    }

    pub fn flush(&mut self) {
        self.printer.flush();
    }

    /// Asks and reads one line; nothing at the end of the input.
    pub fn ask(&mut self, question: &str) -> Option<String> {
        self.print(question);
        self.flush();
        self.read_line()
    }

    /// One line of input without its end; nothing at the end of the input.
    pub fn read_line(&mut self) -> Option<String> {
        self.flush();
        let mut line = String::new();
        match std::io::stdin().lock().read_line(&mut line) {
            Ok(0) | Err(_) => None,
            Ok(_) => Some(line.trim_end_matches(['\n', '\r']).to_owned()),
        }
    }

    /// All of the input.
    pub fn read_all(&mut self) -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

fn terminal_width() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok()?;
    (size.ws_col > 0).then_some(size.ws_col as usize)
}
