//! Damaged and random input of every kind: no panic, no hang, memory in proportion to the input.
//!
//! Seeds are the conformance corpus; each case is one of them with pieces removed, doubled, swapped or replaced, or several of them spliced.
//! `TERRACE_FUZZ_SECONDS` says how long each kind of input is tried (4 where nothing is said), `TERRACE_FUZZ_SEED` repeats a run.
//! Where a case fails, its input is printed.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};
use terrace::addr::reference::Subject;
use terrace::config::{Manifest, load_config, parse_file};
use terrace::diag::{Diagnostics, SourceMap, Span};
use terrace::eval::{self, Scope};
use terrace::functions::Context;
use terrace::ops::console::answer;
use terrace::ops::validate;
use terrace::plan::file::read_plan;
use terrace::plan::{Input, Options, Providers, Silence, make};
use terrace::state::State;
use terrace::state::v4::{read_state, write_state};
use terrace::syntax::format;
use terrace::system::{FileError, FileKind, Machine, World};
use terrace::value::{Type, Value};

/// A single case may take this long, in a build without optimisation on a busy machine.
const PATIENCE_SECONDS: u64 = 20;
/// What the whole process may hold: an endless loop that allocates ends here.
const MEMORY_BYTES: u64 = 8 << 30;
/// What a single case may hold at once: so much for any, and so much more for each byte of its input.
const CASE_BYTES: usize = 48 << 20;
const CASE_BYTES_PER_BYTE: usize = 32 << 10;
/// As much as the main thread of the binary has.
const STACK_BYTES: usize = 8 << 20;
/// Texts that are likely to lead somewhere.
const PIECES: [&str; 32] = [
    "${",
    "%{",
    "}",
    "{",
    "[",
    "]",
    "(",
    ")",
    "\"",
    "<<-EOT\n",
    "EOT\n",
    "*",
    ".",
    "...",
    "for",
    "in",
    "if",
    "=>",
    "?",
    ":",
    "null",
    "-1",
    "1e999",
    "99999999999999999999",
    "\u{0}",
    "\u{feff}",
    "é\u{301}",
    "\\u12",
    "~}",
    "-",
    "\r\n",
    "each.value",
];

// ---------------------------------------------------------------- chance

/// SplitMix64: small, and the same everywhere.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    fn place_in(&mut self, bytes: &[u8]) -> std::ops::Range<usize> {
        let start = self.below(bytes.len() + 1);
        let length = self.below(24).min(bytes.len() - start);
        start..start + length
    }

    fn mutate(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = seeds[self.below(seeds.len())].clone();
        for _ in 0..=self.below(5) {
            let range = self.place_in(&bytes);
            match self.below(7) {
                0 => drop(bytes.drain(range)),
                1 => drop(bytes.splice(range, PIECES[self.below(PIECES.len())].bytes())),
                2 => {
                    let piece = bytes[range.clone()].to_vec();
                    bytes.splice(range.start..range.start, piece.repeat(1 + self.below(4)));
                }
                3 => {
                    let other = &seeds[self.below(seeds.len())];
                    let piece = other[self.place_in(other)].to_vec();
                    bytes.splice(range, piece);
                }
                4 => bytes.truncate(range.start),
                5 => {
                    // Depth: the same opening thousands of times.
                    let piece = PIECES[self.below(PIECES.len())].repeat(self.below(3000));
                    bytes.splice(range.start..range.start, piece.into_bytes());
                }
                _ => bytes.iter_mut().skip(range.start).take(1).for_each(|byte| *byte ^= 1 << self.below(8)),
            }
        }
        bytes
    }
}

// ---------------------------------------------------------------- memory

/// The system's allocator, counting what each thread holds.
struct Counting;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

fn count(bytes: isize) {
    // While a thread ends its counters are gone already.
    let _ = HELD.try_with(|held| {
        held.set(held.get() + bytes);
        let _ = PEAK.try_with(|peak| peak.set(peak.get().max(held.get())));
    });
}

// SAFETY: every call is the system allocator's own; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// Runs something and gives the most that this thread held meanwhile, beyond what it held before.
fn peak_of(run: impl FnOnce()) -> usize {
    let before = HELD.get();
    PEAK.set(before);
    run();
    usize::try_from(PEAK.get() - before).unwrap_or(0)
}

// ---------------------------------------------------------------- the loop

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Tries damaged seeds until the time is up.
fn fuzz(kind: &'static str, seeds: Vec<Vec<u8>>, attempt: impl Fn(&[u8]) + Send + 'static) {
    assert!(!seeds.is_empty(), "{kind}: no seeds");
    let now = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_nanos() as u64);
    let seed = setting("TERRACE_FUZZ_SEED").unwrap_or(now);
    println!("{kind}: TERRACE_FUZZ_SEED={seed}");
    bound_memory();
    let worker = std::thread::Builder::new().stack_size(STACK_BYTES);
    let worker = worker.spawn(move || {
        let deadline = Instant::now() + Duration::from_secs(setting("TERRACE_FUZZ_SECONDS").unwrap_or(4));
        let begun = Arc::new(AtomicU64::new(0));
        watch(kind, begun.clone());
        let mut chance = Chance(seed);
        let (mut count, mut peak) = (0, 0);
        while Instant::now() < deadline {
            let input = chance.mutate(&seeds);
            // An overflow of the stack or of memory ends the process: the input is then in this file.
            let _ = fs::write(input_path(kind), &input);
            count += 1;
            begun.store(count << 32 | seconds(), Ordering::SeqCst);
            let mut outcome = Ok(());
            let held = peak_of(|| outcome = catch_unwind(AssertUnwindSafe(|| attempt(&input))));
            peak = held.max(peak);
            begun.store(0, Ordering::SeqCst);
            assert!(
                outcome.is_ok(),
                "{kind}: seed {seed}, case {count} panicked on {:?}",
                String::from_utf8_lossy(&input)
            );
            assert!(
                held <= CASE_BYTES + CASE_BYTES_PER_BYTE * input.len(),
                "{kind}: seed {seed}, case {count} held {held} bytes on {:?}",
                String::from_utf8_lossy(&input)
            );
        }
        println!("{kind}: {count} cases, none held more than {} MB", peak >> 20);
        let _ = fs::remove_file(input_path(kind));
    });
    worker.expect("a thread").join().expect("no case fails");
}

fn input_path(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{kind}.input"))
}

fn seconds() -> u64 {
    SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs()) & 0xffff_ffff
}

/// Ends the process where one case takes too long.
fn watch(kind: &'static str, begun: Arc<AtomicU64>) {
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(Duration::from_secs(1));
            let started = begun.load(Ordering::SeqCst);
            if started != 0 && seconds().saturating_sub(started & 0xffff_ffff) > PATIENCE_SECONDS {
                let input = fs::read(input_path(kind)).unwrap_or_default();
                let _ = writeln!(std::io::stderr(), "{kind} hangs on {:?}", String::from_utf8_lossy(&input));
                std::process::abort();
            }
        }
    });
}

fn bound_memory() {
    let limit = libc::rlimit { rlim_cur: MEMORY_BYTES, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: the struct outlives the call, which only lowers what this process may have.
    unsafe { libc::setrlimit(libc::RLIMIT_AS, &limit) };
}

// ---------------------------------------------------------------- seeds

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/open")
}

/// The field of every line of a file of the corpus.
fn field_of_lines(file: &str, field: &str) -> Vec<Vec<u8>> {
    let text = fs::read_to_string(corpus().join(file)).expect("the corpus is there");
    let field_of = |line: &str| {
        let case: serde_json::Value = serde_json::from_str(line).ok()?;
        Some(case.get(field)?.as_str()?.as_bytes().to_vec())
    };
    text.lines().filter_map(field_of).collect()
}

/// All files of the corpus' configurations with this ending.
fn files_ending(end: &str) -> Vec<Vec<u8>> {
    let mut open = vec![corpus()];
    let mut found = Vec::new();
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.to_string_lossy().ends_with(end) {
                found.extend(fs::read(path));
            }
        }
    }
    found
}

// ---------------------------------------------------------------- kinds of input

#[test]
fn configuration() {
    let mut seeds = files_ending(".tf");
    seeds.extend(field_of_lines("fmt.jsonl", "input"));
    fuzz("configuration", seeds, |input| {
        let mut sources = SourceMap::new();
        let _ = parse_file("main.tf", input, &mut sources);
        let text = String::from_utf8_lossy(input);
        let file = sources.add("main.tf", &text);
        if let Ok(formatted) = format(&text, file, false) {
            let file = sources.add("formatted.tf", &formatted);
            assert!(format(&formatted, file, false).is_ok(), "what fmt writes can be read");
        }
    });
}

/// A root module of one file, and what stands beside it in the corpus.
struct OneFile {
    main: Vec<u8>,
    beside: PathBuf,
}

impl OneFile {
    fn path(&self, path: &str) -> String {
        self.beside.join(path.trim_start_matches("./")).to_string_lossy().into_owned()
    }
}

impl World for OneFile {
    fn read_file(&self, path: &str) -> Result<Vec<u8>, FileError> {
        match path.trim_start_matches("./") {
            "main.tf" => Ok(self.main.clone()),
            // Nothing outside: a damaged path may lead to a device that never ends.
            path if path.starts_with('/') || path.contains("..") => Err(FileError::NotFound),
            path => Machine.read_file(&self.path(path)),
        }
    }

    fn file_kind(&self, path: &str) -> Result<FileKind, FileError> {
        Machine.file_kind(&self.path(path))
    }

    fn list_directory(&self, path: &str) -> Result<Vec<String>, FileError> {
        Machine.list_directory(&self.path(path))
    }

    fn working_directory(&self) -> Result<String, FileError> {
        Ok(".".to_owned())
    }

    fn home_directory(&self) -> Option<String> {
        None
    }

    fn now_seconds(&self) -> i64 {
        0
    }

    fn fill_random(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

/// So many instances are what the user asks for.
fn asks_for_millions(text: &str) -> bool {
    text.contains("bcrypt")
        || text.split(|letter: char| !letter.is_ascii_digit() && letter != 'e').any(|run| run.len() > 4)
}

#[test]
fn validate_and_plan() {
    let names: Vec<PathBuf> = fs::read_dir(corpus().join("configs"))
        .expect("the corpus is there")
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.join("main.tf").exists())
        .collect();
    let seeds = names.iter().flat_map(|path| fs::read(path.join("main.tf"))).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let turn = AtomicU64::new(0);
    fuzz("plan", seeds, move |input| {
        let text = String::from_utf8_lossy(input);
        if asks_for_millions(&text) {
            return;
        }
        let turn = turn.fetch_add(1, Ordering::Relaxed) as usize;
        let world = Arc::new(OneFile { main: input.to_vec(), beside: names[turn % names.len()].clone() });
        let (config, found) = load_config(".", &Manifest::parse(""), &*world);
        if found.has_errors() {
            return;
        }
        let providers = terrace::providers::Providers::built_in();
        let providers = Providers(providers.iter().map(|it| (it.source(), it.clone())).collect());
        let mut functions = Context::new(world, ".", eval::EVALUATION);
        functions.defers_impure = true;
        let validation = validate::World {
            providers: &providers,
            functions: &functions,
            working_directory: "/".to_owned(),
            root_directory: ".".to_owned(),
        };
        let _ = validate::validate(&config, &validation);
        let input = Input {
            config: Arc::new(config),
            state: State::default(),
            variables: BTreeMap::new(),
            providers,
            functions: Arc::new(functions),
            workspace: "default".to_owned(),
            working_directory: "/".to_owned(),
            root_directory: ".".to_owned(),
            timestamp: "2026-01-01T00:00:00Z".to_owned(),
        };
        let _ = runtime.block_on(make(Arc::new(input), &Options::default(), &Silence));
    });
}

#[test]
fn json_and_variable_files() {
    let mut seeds = files_ending(".tf.json");
    seeds.push(
        b"{\"variable\": {\"a\": {\"default\": [1, \"${x}\", null]}}, \"locals\": {\"b\": \"%{if true}c%{endif}\"}}"
            .to_vec(),
    );
    seeds.push(b"a = 1\nb = { c = [true, null, \"d\"] }\ne = <<EOT\nf\nEOT\n".to_vec());
    seeds.extend(files_ending(".tfvars"));
    fuzz("json", seeds, |input| {
        for name in ["main.tf.json", "terraform.tfvars.json", "terraform.tfvars"] {
            let _ = parse_file(name, input, &mut SourceMap::new());
        }
    });
}

/// Everything that is referred to is unknown.
struct Unknowns(Context);

impl Scope for Unknowns {
    fn value_of(&self, _subject: &Subject, _span: Option<Span>) -> Result<Value, Diagnostics> {
        Ok(Value::unknown(Type::Dynamic))
    }

    fn functions(&self) -> Option<&Context> {
        Some(&self.0)
    }
}

#[test]
fn expressions() {
    let scope = Unknowns(Context::new(Arc::new(Machine), ".", eval::EVALUATION));
    fuzz("expressions", field_of_lines("expressions.jsonl", "expr"), move |input| {
        let text = String::from_utf8_lossy(input);
        // The cost of a password hash is what the user asks for.
        if !text.contains("bcrypt") {
            let _ = answer(&text, &scope, &mut SourceMap::new());
        }
    });
}

#[test]
fn states() {
    fuzz("states", files_ending("tfstate"), |input| {
        if let Ok(state) = read_state(&String::from_utf8_lossy(input), "terraform.tfstate") {
            let written = write_state(&state);
            assert!(read_state(&written, "written").is_ok(), "what is written can be read:\n{written}");
        }
    });
}

#[test]
fn plans() {
    use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};
    use sha2::{Digest, Sha256};
    use std::io::Read;
    use std::process::Command;
    let directory = tempfile::tempdir().expect("a temporary directory");
    let configuration = "resource \"terraform_data\" \"a\" {\n  count = 2\n  input = { b = [1, null] }\n}\noutput \"c\" {\n  value = terraform_data.a[*].id\n}\n";
    fs::write(directory.path().join("main.tf"), configuration).expect("it can be written");
    for arguments in [&["init"][..], &["plan", "-out=saved"]] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_terrace"));
        let output = command.current_dir(directory.path()).args(arguments).output().expect("the binary starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let whole = fs::read(directory.path().join("saved")).expect("it was written");
    let line_end = whole.iter().position(|byte| *byte == b'\n').expect("a first line");
    let (first, body) = (String::from_utf8_lossy(&whole[..line_end]).into_owned(), &whole[line_end + 1..]);
    let mut content = Vec::new();
    DeflateDecoder::new(body).read_to_end(&mut content).expect("it was written whole");
    // With a digest that fits, as no accident but a person might make it.
    let digest_start = first.find("sha256:").expect("a digest") + "sha256:".len();
    fuzz("plans", vec![content], move |input| {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(input).expect("a vector takes everything");
        let body = encoder.finish().expect("a vector takes everything");
        let digest: String = Sha256::digest(&body).iter().map(|byte| format!("{byte:02x}")).collect();
        let mut plan = format!("{}{digest}{}\n", &first[..digest_start], &first[digest_start + 64..]).into_bytes();
        plan.extend(body);
        let _ = read_plan(&plan, "saved");
        let _ = read_plan(input, "saved");
    });
}
