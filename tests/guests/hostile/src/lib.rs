//! Does what a guest must not do: a callback, and a scenario of the same name, for each misdeed.
//!
//! The setting `describe` makes the description itself misbehave: `refuse`, `trap`, `loop`, `visit`, `session`, `random`, `event` or `huge`.

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use guest_bindings::throng::host::{clock, events, log, random, session, settings, visit};
use guest_bindings::{Callbacks, Context, Definition, Failure, FailureKind, Input, Output, Value, unknown};

struct Hostile;

/// Position, name and declared use of each callback.
const CALLBACKS: [(&str, &str); 13] = [
    ("trap", "map"),
    ("endless-loop", "map"),
    ("memory-bomb", "map"),
    ("log-flood", "map"),
    ("wrong-answer", "filter"),
    ("huge-value", "map"),
    ("event-flood", "map"),
    ("failure", "map"),
    ("deep-recursion", "map"),
    ("grudge", "map"),
    ("slow", "map"),
    ("re-entry", "map"),
    ("abort", "on-each"),
];

impl Definition for Hostile {
    fn describe() -> Result<String, String> {
        match settings::get("describe").as_deref() {
            Some("refuse") => return Err("the setting `describe` says so".into()),
            Some("trap") => panic!("the setting `describe` says so"),
            Some("loop") => endless_loop(),
            Some("visit") => drop(visit::step()),
            Some("session") => drop(session::get("key")),
            Some("random") => drop(random::next()),
            Some("event") => events::report(log::Level::Info, "from a description"),
            Some("huge") => return Ok(" ".repeat(2 << 20)),
            _ => {}
        }
        let callbacks: Vec<_> = CALLBACKS.iter().map(|(name, r#use)| format!(r#"{{"name": "{name}", "use": "{use}"}}"#)).collect();
        let scenarios: Vec<_> = (0..).zip(CALLBACKS).map(|(position, (name, kind))| scenario(position, name, kind)).collect();
        Ok(format!(r#"{{"throng": "0.1", "callbacks": [{}], "scenarios": [{}]}}"#, callbacks.join(", "), scenarios.join(", ")))
    }
}

fn scenario(position: u32, name: &str, kind: &str) -> String {
    format!(
        r#"{{"name": "{name}", "steps": [
            {{"name": "given", "start": true, "returns": "hello"}},
            {{"name": "misdeed", "after": "given", "{kind}": {{"callback": {position}}}}}
        ]}}"#
    )
}

impl Callbacks for Hostile {
    fn call(callback: u32, context: Context, _: Input<'_>) -> Result<Output, Failure> {
        match callback {
            0 => {
                session::set("note", b"written before the trap");
                events::report(log::Level::Warn, "said before the trap");
                panic!("as told")
            }
            1 => endless_loop(),
            2 => {
                let mut hoard = Vec::new();
                loop {
                    hoard.push(black_box(vec![1_u8; 1 << 20]));
                }
            }
            3 => {
                for line in 0..10_000 {
                    log::write(log::Level::Info, &format!("line {line} of a flood"));
                }
                Ok(Output::One(Value::Integer(10_000)))
            }
            4 => Ok(Output::One(Value::Text("a filter answers with a boolean".into()))),
            5 => Ok(Output::One(Value::Text("x".repeat(16 << 20)))),
            6 => loop {
                events::report(log::Level::Info, "again");
            },
            7 => Err(Failure {
                kind: FailureKind::Error,
                code: Some("out-of-stock".into()),
                message: format!("minion {} came too late", context.minion),
                retryable: true,
            }),
            8 => Ok(Output::One(Value::Integer(deep(1)))),
            9 => Ok(Output::One(Value::Integer(grudge()))),
            10 => Ok(Output::One(Value::Integer(compute_for(80_000_000)))),
            11 => {
                REBELLION.store(true, Ordering::Relaxed);
                Ok(Output::One(Value::Text(visit::step())))
            }
            12 => {
                events::abort("there is no stock left");
                Ok(Output::Nothing)
            }
            other => Err(unknown(other)),
        }
    }
}

fn endless_loop() -> ! {
    let mut count = 0_u64;
    loop {
        count = black_box(count.wrapping_add(1));
    }
}

/// Computes for so many nanoseconds, however fast the machine is.
fn compute_for(nanoseconds: u64) -> i64 {
    let end = clock::now() + nanoseconds;
    let mut rounds = 0;
    while clock::now() < end {
        rounds = black_box(rounds + 1);
    }
    rounds
}

#[allow(unconditional_recursion)]
fn deep(depth: i64) -> i64 {
    black_box(depth) + deep(black_box(depth + 1)) + 1
}

/// Counts its own calls in a global, which guests are told not to rely on.
fn grudge() -> i64 {
    static CALLS: AtomicI64 = AtomicI64::new(0);
    CALLS.fetch_add(1, Ordering::Relaxed) + 1
}

/// Whether the next allocation calls the engine.
static REBELLION: AtomicBool = AtomicBool::new(false);

/// Allocates, and calls the engine where it may not: while the engine writes its answer to another call.
struct Rebel;

#[global_allocator]
static REBEL: Rebel = Rebel;

// SAFETY: all memory is the system's, from and to which every call is passed on as it came.
unsafe impl GlobalAlloc for Rebel {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if REBELLION.swap(false, Ordering::Relaxed) {
            black_box(clock::now());
        }
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        unsafe { System.realloc(memory, layout, size) }
    }
}

guest_bindings::export_scenario!(Hostile);
