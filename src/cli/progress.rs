//! Shows what happens while an operation runs: as lines, as JSON, or as a moving display.

use super::terminal::{Printer, Terminal};
use crate::addr::ResourceInstance;
use crate::change::Action;
use crate::plan::{Event, Observer, Rollout, StagePhase};
use crate::render::events_json;
use crate::render::live::{Frame, render_frame};
use crate::render::paint::Paint;
use crate::render::progress::{display, render_event, started};
use crate::render::rollout_text::stage_line;
use crate::rollout::Stage;
use crate::system::log::{Level, Part, log};
use crate::value::Text;
use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How often the moving display is drawn.
const FRAME_TIME: Duration = Duration::from_millis(100);

/// Lines about things that are only looked at wait this long to be written together.
const PATIENCE: Duration = Duration::from_millis(100);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Terraform's lines.
    Lines,
    /// One JSON object a line.
    Json,
    /// A few lines drawn again and again; needs a terminal.
    Live,
    /// Nothing.
    Quiet,
}

/// Watches an operation until it is finished.
pub struct Progress {
    shared: Arc<Shared>,
    drawing: Option<JoinHandle<()>>,
}

struct Shared {
    style: Style,
    printer: Printer,
    paint: Paint,
    width: usize,
    inner: Mutex<Inner>,
    ended: Condvar,
}

#[derive(Default)]
struct Inner {
    /// What was begun and when, in order.
    running: Vec<(String, &'static str, Instant)>,
    frame: Frame,
    /// Lines of the moving display that are on the screen.
    drawn: usize,
    has_ended: bool,
    last_flush: Option<Instant>,
    /// What was done, for the closing line.
    done: Done,
    starts: HashMap<String, Instant>,
}

/// How many objects an operation created, changed, destroyed and imported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Done {
    pub created: usize,
    pub changed: usize,
    pub destroyed: usize,
}

impl Progress {
    pub fn start(terminal: &Terminal, style: Style) -> Self {
        let shared = Arc::new(Shared {
            style,
            printer: terminal.printer(),
            paint: Paint(terminal.color()),
            width: terminal.width(),
            inner: Mutex::default(),
            ended: Condvar::new(),
        });
        let drawing = (style == Style::Live).then(|| {
            let shared = shared.clone();
            std::thread::spawn(move || shared.draw_until_the_end())
        });
        Self { shared, drawing }
    }

    /// For saying something besides what the operation tells.
    pub fn announcer(&self) -> impl Fn(&str) + Send + 'static {
        let shared = self.shared.clone();
        move |text| shared.announce(text)
    }

    /// Takes the moving display off the screen and says what was done.
    pub fn finish(mut self) -> Done {
        self.end();
        self.shared.inner().done
    }

    fn end(&mut self) {
        self.shared.inner().has_ended = true;
        self.shared.ended.notify_all();
        if let Some(drawing) = self.drawing.take() {
            // A drawing thread that panicked has nothing left to tell.
            let _ = drawing.join();
        }
        self.shared.printer.flush();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.end();
    }
}

impl Observer for Progress {
    fn observe(&self, event: Event<'_>) {
        self.shared.observe(&event);
    }
}

impl Shared {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn observe(&self, event: &Event) {
        let mut inner = self.inner();
        let elapsed = inner.note(event);
        log(Part::Core, Level::Info, || render_event(event, elapsed, Paint(false)).trim().to_owned());
        let text = match self.style {
            Style::Lines => render_event(event, elapsed, self.paint),
            Style::Json => events_json::event(event, elapsed).map(|line| line.render(&now())).unwrap_or_default(),
            Style::Live if is_kept(event) => render_event(event, elapsed, self.paint),
            Style::Live | Style::Quiet => String::new(),
        };
        if text.is_empty() {
            return;
        }
        if self.style == Style::Live {
            self.printer.print(&inner.erase());
        }
        self.printer.print(&text);
        let is_patient = matches!(event, Event::Refreshing { .. } | Event::Refreshed { .. });
        if !is_patient || inner.last_flush.is_none_or(|last| last.elapsed() > PATIENCE) {
            self.printer.flush();
            inner.last_flush = Some(Instant::now());
        }
    }

    fn announce(&self, text: &str) {
        let mut inner = self.inner();
        match self.style {
            Style::Lines | Style::Quiet => self.printer.print(text),
            Style::Json => self.printer.print(&events_json::message(text.trim()).render(&now())),
            Style::Live => {
                self.printer.print(&inner.erase());
                self.printer.print(text);
            }
        }
        self.printer.flush();
    }

    fn draw_until_the_end(&self) {
        let mut inner = self.inner();
        while !inner.has_ended {
            (inner, _) = self.ended.wait_timeout(inner, FRAME_TIME).unwrap_or_else(PoisonError::into_inner);
            let mut text = inner.erase();
            if !inner.has_ended && inner.has_something_to_show() {
                text.push_str(&inner.draw(self.width, self.paint));
            }
            self.printer.print(&text);
            self.printer.flush();
        }
    }
}

impl Inner {
    /// Keeps account of what runs; gives the time since what the event ends began.
    fn note(&mut self, event: &Event) -> Duration {
        match event {
            Event::Applying { address, deposed, action, .. } => {
                self.begin(display(address, *deposed), started(*action).unwrap_or("Applying"))
            }
            Event::Reading { address } => self.begin(address.to_string(), "Reading"),
            Event::Opening { address } => self.begin(address.to_string(), "Opening"),
            Event::Closing { address } => self.begin(address.to_string(), "Closing"),
            Event::StillApplying { address, deposed, .. } => return self.since(&display(address, *deposed)),
            Event::Applied { address, deposed, action, .. } => {
                self.count(*action);
                return self.finish(address, *deposed);
            }
            Event::ApplyFailed { address, deposed, .. } => {
                self.frame.failed += 1;
                return self.finish(address, *deposed);
            }
            Event::Read { address, .. } | Event::ReadFailed { address } => {
                self.frame.refreshed += 1;
                return self.finish(address, None);
            }
            Event::Stage { rollout, stage, position, phase } => return self.stage(rollout, stage, *position, *phase),
            Event::Opened { address } | Event::Closed { address } => return self.finish(address, None),
            Event::Refreshed { .. } => self.frame.refreshed += 1,
            _ => {}
        }
        Duration::ZERO
    }

    fn begin(&mut self, name: String, verb: &'static str) {
        let now = Instant::now();
        self.starts.insert(name.clone(), now);
        self.running.push((name, verb, now));
    }

    /// A rollout has one line in the display: the stage that runs, and how far it is.
    fn stage(&mut self, rollout: &Rollout, stage: &Stage, position: Option<usize>, phase: StagePhase<'_>) -> Duration {
        let line = stage_line(rollout, stage, position, phase);
        let prefix = format!("{} ", rollout.name);
        let shown = self.running.iter().position(|(name, ..)| name.starts_with(&prefix));
        let began = match (phase, shown) {
            (StagePhase::Began, _) | (_, None) => Instant::now(),
            (_, Some(shown)) => self.running[shown].2,
        };
        if let Some(shown) = shown {
            self.running.remove(shown);
        }
        if matches!(phase, StagePhase::Began | StagePhase::Going(_)) {
            self.running.push((line, "", began));
        }
        began.elapsed()
    }

    fn since(&self, name: &str) -> Duration {
        self.starts.get(name).map(Instant::elapsed).unwrap_or_default()
    }

    fn finish(&mut self, address: &ResourceInstance, deposed: Option<&Text>) -> Duration {
        let name = display(address, deposed);
        self.running.retain(|(running, ..)| *running != name);
        self.starts.remove(&name).map(|start| start.elapsed()).unwrap_or_default()
    }

    fn count(&mut self, action: Action) {
        self.frame.finished += 1;
        match action {
            Action::Create => self.done.created += 1,
            Action::Update => self.done.changed += 1,
            Action::Delete => self.done.destroyed += 1,
            _ => {}
        }
    }

    fn has_something_to_show(&self) -> bool {
        !self.running.is_empty() || self.frame.refreshed > 0
    }

    /// Moves up over the display and clears it.
    fn erase(&mut self) -> String {
        match std::mem::take(&mut self.drawn) {
            0 => String::new(),
            lines => format!("\x1b[{lines}A\x1b[J"),
        }
    }

    fn draw(&mut self, width: usize, paint: Paint) -> String {
        self.frame.tick += 1;
        self.frame.running =
            self.running.iter().map(|(name, verb, start)| (name.clone(), *verb, start.elapsed())).collect();
        let lines = render_frame(&self.frame, width, paint);
        self.drawn = lines.len();
        lines.iter().map(|line| format!("{line}\n")).collect()
    }
}

/// What stays on the screen above the moving display.
fn is_kept(event: &Event) -> bool {
    matches!(
        event,
        Event::Applied { .. }
            | Event::ProvisionOutput { .. }
            | Event::Imported { .. }
            | Event::PreparingImport { .. }
            | Event::Recovered { .. }
            | Event::Stage { phase: StagePhase::Done | StagePhase::Failed(_), .. }
    )
}

/// RFC 3339 with microseconds.
pub fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}
