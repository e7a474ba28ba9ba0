//! How long one check takes inside the process, and how that grows with the manifest.
//!
//! `cargo bench --bench check` prints a table: for each kind of text the time of one check at
//! doubling sizes, and the exponent of the growth, 1 where it is linear. The first argument that is
//! a word picks the kinds whose name begins with it; `manifest FILE LINES` writes the first kind's
//! text, for those who measure from outside.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a program for people who measure")]

mod texts;

use std::hint::black_box;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use sandbox_toml::diagnostic::render::{self, Style};
use sandbox_toml::host::{FileSystem, NoFiles, Overlay};
use sandbox_toml::pipeline::{self, Secrets};
use sandbox_toml::platform::Platform;
use sandbox_toml::source::Source;

use texts::mixture;

/// The sizes: lines, or what a kind has in their place.
const SIZES: [usize; 6] = [125, 250, 500, 1000, 2000, 4000];

/// How often one manifest of a thousand lines is checked.
const CHECKS: u32 = 10_000;

/// The growth from which on a kind is no longer called linear: between n, with the constant cost of
/// small texts and the caches that large ones outgrow, and n².
const LINEAR: f64 = 1.45;

/// How often a kind is measured that does not look linear.
const ATTEMPTS: usize = 3;

/// How long each measurement runs at least.
const WHILE: Duration = Duration::from_millis(60);

/// A text of each size: the manifest, and the Dockerfile beside it.
type Make = fn(usize) -> (String, String);

const KINDS: &[(&str, Make)] = &[
    ("mixture", |n| (mixture(n), String::new())),
    ("unknown keys", |n| (with_head(&lines(n, |at| format!("key_{at} = 1"))), String::new())),
    ("wrong values", |n| {
        let kinds = ["{ run = 1 }", "{ workdir = 1 }", "{ chmod = \"x\" }", "{ mkdir = [] }"];
        (steps(&lines(n, |at| format!("{},", kinds[at % kinds.len()]))), String::new())
    }),
    ("syntax errors", |n| (with_head(&lines(n, |at| format!("key_{at} = @"))), String::new())),
    ("open strings", |n| (with_head(&lines(n, |at| format!("key_{at} = \"x"))), String::new())),
    ("open arrays", |n| (with_head(&lines(n, |at| format!("key_{at} = [1"))), String::new())),
    ("open tables", |n| (with_head(&lines(n, |at| format!("key_{at} = {{"))), String::new())),
    ("duplicate keys", |n| (with_head(&lines(n, |_| "user = \"x\"".to_owned())), String::new())),
    ("headers", |n| (with_head(&lines(n, |at| format!("[a{at}]"))), String::new())),
    ("dotted keys", |n| (with_head(&lines(n, |at| format!("a.b{at}.c = 1"))), String::new())),
    ("one array", |n| {
        let words = joined(n, ", ", |at| format!("\"package-{at}\""));
        (steps(&format!("{{ apt = [{words}] }}")), String::new())
    }),
    ("one array of mistakes", |n| {
        (steps(&format!("{{ apt = [{}] }}", joined(n, ", ", |at| at.to_string()))), String::new())
    }),
    ("tags", |n| (tags(n, |at| at), String::new())),
    ("tags twice", |n| (tags(n, |at| at / 2), String::new())),
    ("one tag", |n| (tags(n, |_| 0), String::new())),
    ("ignore patterns", |n| {
        let patterns = joined(n, ", ", |at| format!("\"*.{at}\""));
        (with_head(&format!("ignore = [{patterns}]\n")), String::new())
    }),
    ("inline tables", |n| {
        let deep = |at: usize| format!("{}{at}{}", "{ a = ".repeat(30), " }".repeat(30));
        (with_head(&lines(n, |at| format!("key_{at} = {}", deep(at)))), String::new())
    }),
    ("one long line", |n| {
        (steps(&format!("{{ run = \"{}\" }}", "x".repeat(n * 250))), String::new())
    }),
    ("one line of mistakes", |n| {
        let keys = joined(n, ", ", |at| format!("unknown_{at} = 1"));
        (with_head(&format!("resources = {{ {keys} }}\n")), String::new())
    }),
    ("chain of references", |n| {
        (
            environment(&lines(n, |at| format!("V{at} = \"$V{}\"", at.saturating_sub(1)))),
            String::new(),
        )
    }),
    ("chain backwards", |n| {
        (environment(&lines(n, |at| format!("V{at} = \"$V{}\"", at + 1))), String::new())
    }),
    ("undefined references", |n| {
        (
            environment(&lines(n, |at| format!("VARIABLE_{at} = \"$OTHER_NAME_{at}\""))),
            String::new(),
        )
    }),
    ("one circle", |n| {
        (environment(&lines(n, |at| format!("V{at} = \"$V{}\"", (at + 1) % n))), String::new())
    }),
    ("small circles", |n| {
        (environment(&lines(n, |at| format!("V{at} = \"$V{}\"", at ^ 1))), String::new())
    }),
    ("references to all", |n| {
        let all = joined(n, "", |at| format!("$V{at}"));
        let each = lines(n, |at| format!("V{at} = \"{at}\""));
        (environment(&format!("{each}ALL = \"{all}\"\n")), String::new())
    }),
    ("env steps", |n| {
        (steps(&lines(n, |at| format!("{{ env = {{ V{at} = \"$V0\" }} }},"))), String::new())
    }),
    ("user steps", |n| {
        (
            steps(&lines(n, |at| format!("{{ user = \"u{at}\" }}, {{ workdir = \"d{at}\" }},"))),
            String::new(),
        )
    }),
    ("users, tools and files", |n| {
        let step = |at: usize| match at % 8 {
            0 => format!(
                "{{ run = \"useradd -m u{at} && mkdir -p /srv/{at}/a\", user = \"root\" }},"
            ),
            1 => format!("{{ run = \"touch /srv/{}/a/x && node -v\" }},", at - 1),
            2 => format!("{{ run = \"pip install --user p{at} && p{at}\" }},"),
            3 => format!("{{ run = \"curl -fsSL https://bun.sh/install | bash && bun x{at}\" }},"),
            4 => format!("{{ env = {{ PATH = \"/opt/{at}/bin:/usr/bin:/bin\" }} }},"),
            5 => format!("{{ copy = \"a{at}\", to = \"/srv/{at}/\" }},"),
            6 => format!("{{ run = \"apt-get install -y p{at}\", user = \"u{}\" }},", at - 6),
            _ => format!("{{ run = \"go install x.org/{at}@v1 && {at}\" }},"),
        };
        (steps(&lines(n, step)), String::new())
    }),
    ("copies", |n| {
        (steps(&lines(n, |at| format!("{{ copy = \"a{at}\", to = \"/{at}\" }},"))), String::new())
    }),
    ("signed tokens", |n| {
        (steps(&format!("{{ run = \"echo {}\" }}", "eyJ-".repeat(n))), String::new())
    }),
    ("secrets", |n| {
        (
            with_head(&lines(n, |at| format!("password{at} = \"x\"\n\"password\" = 'y{at}'"))),
            String::new(),
        )
    }),
    ("comments", |n| (with_head(&lines(n, |at| format!("# comment {at}"))), String::new())),
    ("Dockerfile", |n| (from_dockerfile(), dockerfile(n))),
    ("Dockerfile of mistakes", |n| (from_dockerfile(), lines(n, |at| format!("RUM {at}")))),
    ("Dockerfile of labels", |n| {
        (from_dockerfile(), stage(&lines(n, |at| format!("LABEL a={at}"))))
    }),
    ("Dockerfile of variables", |n| {
        (from_dockerfile(), stage(&lines(n, |at| format!("ENV V{}=$V{at} W=${{W}}", at + 1))))
    }),
    ("Dockerfile of one RUN", |n| {
        (from_dockerfile(), stage(&format!("RUN true {}\n", "&& \\\n true".repeat(n))))
    }),
    ("Dockerfile of here-documents", |n| {
        (from_dockerfile(), stage(&lines(n, |at| format!("RUN <<E{at}\ntrue\nE{at}"))))
    }),
    ("Dockerfile of inner shells", |n| {
        let run = |at| format!("RUN bash -c \"sudo sh -c 'make a{at} && rm \\\"$X\\\"'\"");
        (from_dockerfile(), stage(&lines(n, run)))
    }),
    ("Dockerfile of one inner shell", |n| {
        let commands = "\\\"true\\\" && \\\n sh -c '$X' && ".repeat(n);
        (from_dockerfile(), stage(&format!("RUN sudo bash -c \"{commands} true\"\n")))
    }),
    ("Dockerfile of nested shells", |n| {
        let open = lines(n, |at| format!("bash <<E{at}"));
        let close = lines(n, |at| format!("E{}", n - 1 - at));
        (from_dockerfile(), stage(&format!("RUN {open}{close}")))
    }),
];

fn joined(n: usize, by: &str, item: impl Fn(usize) -> String) -> String {
    (0..n).map(item).collect::<Vec<_>>().join(by)
}

fn lines(n: usize, line: impl Fn(usize) -> String) -> String {
    joined(n, "\n", line) + "\n"
}

fn with_head(rest: &str) -> String {
    format!("name = \"team/example\"\nfrom = \"debian:12\"\n{rest}")
}

fn steps(items: &str) -> String {
    with_head(&format!("steps = [\n{items}]\n"))
}

fn environment(variables: &str) -> String {
    with_head(&format!("[env]\n{variables}"))
}

fn tags(n: usize, name: impl Fn(usize) -> usize) -> String {
    with_head(&format!("tags = [{}]\n", joined(n, ", ", |at| format!("\"v{}\"", name(at)))))
}

fn from_dockerfile() -> String {
    "name = \"team/example\"\nfrom = { dockerfile = \"Dockerfile\" }\n".to_owned()
}

fn stage(rest: &str) -> String {
    format!("FROM debian:12\n{rest}")
}

fn dockerfile(n: usize) -> String {
    let kinds = [
        "RUN apt-get update && apt-get install -y git",
        "ENV PATH=/opt/bin:/usr/bin A=$PATH",
        "WORKDIR /srv/app",
        "# a comment",
        "RUN make \\\n    && make install",
        "USER root",
    ];
    stage(&lines(n, |at| kinds[at % kinds.len()].to_owned()))
}

/// One check as the command does it: everything that is wrong, drawn for people.
fn check(files: &dyn FileSystem, text: &str) -> usize {
    let source = Source::new(Path::new("/nowhere/sandbox.toml"), text.to_owned());
    let analysis = pipeline::analyze_text(files, source, Some(Platform::E2b));
    let found = analysis.diagnostics.sorted();
    let drawn = found.iter().map(|it| render::human(it, &analysis.sources, Style::default()).len());
    let drawn: usize = drawn.sum();
    let lowered = analysis.plan(&Secrets::Hidden).is_ok();
    drawn + usize::from(lowered)
}

/// The processor's time that this thread has taken: what else runs on the machine does not count.
fn now() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap()
}

fn since(begun: Duration) -> Duration {
    now().saturating_sub(begun)
}

/// The time of one run: that of the fastest, which is the least disturbed.
fn fastest(mut run: impl FnMut()) -> Duration {
    let begun = now();
    let mut best = Duration::MAX;
    let mut runs = 0;
    while runs < 3 || since(begun) < WHILE {
        let one = now();
        run();
        best = best.min(since(one));
        runs += 1;
    }
    best
}

/// How fast `times` grow with [`SIZES`]: the exponent over the larger half, where what does not
/// grow weighs little.
#[expect(clippy::cast_precision_loss, reason = "the sizes are small")]
fn exponent(times: &[Duration]) -> f64 {
    let (first, last) = (SIZES.len() / 2 - 1, SIZES.len() - 1);
    let growth = times[last].as_secs_f64() / times[first].as_secs_f64();
    growth.ln() / (SIZES[last] as f64 / SIZES[first] as f64).ln()
}

/// Prints a kind's row; says whether it is linear.
fn row(name: &str, make: Make) -> bool {
    let mut times = [Duration::MAX; SIZES.len()];
    // What others do on the machine empties its caches. A text that is not linear never is.
    for _ in 0..ATTEMPTS {
        for (time, size) in times.iter_mut().zip(SIZES) {
            let (manifest, dockerfile) = make(size);
            let files = Overlay::new(&NoFiles).with("/nowhere/Dockerfile", dockerfile);
            *time = fastest(|| {
                black_box(check(&files, black_box(&manifest)));
            })
            .min(*time);
        }
        if exponent(&times) < LINEAR {
            break;
        }
    }
    print!("{name:30}");
    for time in &times {
        print!("{:>10.1}", time.as_secs_f64() * 1e6);
    }
    let exponent = exponent(&times);
    let verdict = if exponent < LINEAR { "" } else { "  not linear" };
    println!("{exponent:>8.2}{verdict}");
    exponent < LINEAR
}

/// Ten thousand checks of one manifest.
fn many() {
    for (name, text) in [("first", mixture(40)), ("second", mixture(40))] {
        // The first one makes what all share, such as regular expressions.
        let begun = now();
        black_box(check(&NoFiles, black_box(&text)));
        println!("the {name} check of {} lines: {:?}", text.lines().count(), since(begun));
    }
    let text = mixture(1000);
    let mut times: Vec<_> = (0..CHECKS)
        .map(|_| {
            let begun = now();
            black_box(check(&NoFiles, black_box(&text)));
            since(begun)
        })
        .collect();
    times.sort();
    let mean = times.iter().sum::<Duration>() / CHECKS;
    println!(
        "{CHECKS} checks of {} lines ({} bytes): median {:?}, mean {mean:?}, fastest {:?}\n",
        text.lines().count(),
        text.len(),
        times[times.len() / 2],
        times[0],
    );
}

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).filter(|it| !it.starts_with("--")).collect();
    if let [word, file, size] = arguments.as_slice()
        && word == "manifest"
    {
        std::fs::write(file, mixture(size.parse().unwrap())).unwrap();
        return ExitCode::SUCCESS;
    }
    if arguments.is_empty() {
        many();
    }
    print!("{:30}", "µs for one check of");
    for size in SIZES {
        print!("{size:>10}");
    }
    println!("{:>8}", "growth");
    let picked = KINDS.iter().filter(|(name, _)| arguments.iter().all(|it| name.starts_with(it)));
    let mut linear = true;
    for (name, make) in picked {
        linear &= row(name, *make);
    }
    if linear { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
