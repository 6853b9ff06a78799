//! Colour: a text between two escape sequences, or just the text.

/// Paints or does not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Paint(pub bool);

impl Paint {
    fn with(self, code: &str, text: &str) -> String {
        if self.0 { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    pub fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    pub fn red(self, text: &str) -> String {
        self.with("31", text)
    }

    pub fn green(self, text: &str) -> String {
        self.with("32", text)
    }

    pub fn yellow(self, text: &str) -> String {
        self.with("33", text)
    }

    pub fn cyan(self, text: &str) -> String {
        self.with("36", text)
    }

    /// What matters less.
    pub fn gray(self, text: &str) -> String {
        self.with("90", text)
    }

    pub fn bold_red(self, text: &str) -> String {
        self.with("1;31", text)
    }

    pub fn bold_green(self, text: &str) -> String {
        self.with("1;32", text)
    }
}
