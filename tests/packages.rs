//! Package indexes: which are asked, with which credentials, and what their answers become.

mod index;
mod oracle;

use std::path::Path;
use std::time::Duration;

use sandbox_toml::host::{Memory, NoFiles, Overlay};
use sandbox_toml::lock::package::{Question, questions};
use sandbox_toml::pipeline::analyze_text;
use sandbox_toml::source::Source;
use sandbox_toml::submit::packages::{Indexes, PackageError, answers};
use sandbox_toml::submit::{Event, RetryPolicy};
use serde_json::{Value, json};

use index::{Index, Page};

/// Where the manifest is, and where the person is at home.
const PROJECT: &str = "/project";
const HOME: &str = "/home/me";

/// A machine with these files and variables.
struct Machine {
    files: Vec<(String, String)>,
    variables: Vec<(String, String)>,
}

impl Machine {
    fn new() -> Self {
        Self { files: Vec::new(), variables: vec![("HOME".to_owned(), HOME.to_owned())] }
    }

    fn file(mut self, path: &str, text: &str) -> Self {
        self.files.push((path.to_owned(), text.to_owned()));
        self
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The locked packages of a manifest with these steps, and the secrets that were registered.
    fn lock(&self, steps: &str) -> (Result<Vec<String>, PackageError>, Vec<String>) {
        self.lock_on("3.12", steps)
    }

    /// The same with another Python version.
    fn lock_on(
        &self,
        python: &str,
        steps: &str,
    ) -> (Result<Vec<String>, PackageError>, Vec<String>) {
        let text = format!("name = \"x\"\nfrom = {{ python = \"{python}\" }}\n{steps}");
        let source = Source::new(Path::new("/project/sandbox.toml"), text);
        self.answer(&questions(&analyze_text(&NoFiles, source, None).template))
    }

    fn answer(&self, questions: &[Question]) -> (Result<Vec<String>, PackageError>, Vec<String>) {
        let mut overlay = Overlay::new(&NoFiles);
        for (path, text) in &self.files {
            overlay = overlay.with(Path::new(path), text.clone());
        }
        let mut host = Memory::new(overlay);
        for (name, value) in &self.variables {
            host = host.with_variable(name, value);
        }
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let policy = RetryPolicy::new(None).scaled(0.001);
        let observer = |_: Event| {};
        let found = Indexes::read(&host, Path::new(PROJECT)).and_then(|indexes| {
            let asked = answers(questions, &indexes, policy, &observer);
            let asked = async { tokio::time::timeout(Duration::from_mins(1), asked).await };
            runtime.block_on(asked).expect("the answers arrive")
        });
        let pins =
            found.map(|found| found.into_iter().flat_map(|answer| answer.resolved).collect());
        (pins, host.secrets())
    }

    fn pins(&self, steps: &str) -> Vec<String> {
        self.lock(steps).0.unwrap_or_else(|error| panic!("{error}"))
    }

    fn error(&self, steps: &str) -> PackageError {
        self.lock(steps).0.expect_err("there is no answer")
    }
}

/// The page of a Python index with these files: name, `requires-python`, `yanked`.
fn simple(files: &[(&str, Option<&str>, Value)]) -> Page {
    let files: Vec<_> = files
        .iter()
        .map(|(name, python, yanked)| {
            json!({ "filename": name, "url": name, "hashes": {}, "requires-python": python, "yanked": yanked })
        })
        .collect();
    let page = json!({ "meta": { "api-version": "1.4" }, "name": "a", "files": files });
    Page::json("application/vnd.pypi.simple.v1+json", &page)
}

/// A release of `a` for any Python.
fn release(version: &str) -> Page {
    simple(&[(&format!("a-{version}.tar.gz"), None, json!(false))])
}

/// The document of a Node package with these tags.
fn packument(tags: &[(&str, &str)]) -> Page {
    let versions = tags.iter().map(|(_, version)| ((*version).to_owned(), json!({})));
    let versions: serde_json::Map<_, _> = versions.collect();
    let tags: serde_json::Map<_, _> =
        tags.iter().map(|(tag, version)| ((*tag).to_owned(), json!(version))).collect();
    Page::json("application/json", &json!({ "dist-tags": tags, "versions": versions }))
}

fn pip(index: &Index) -> Machine {
    Machine::new().variable("PIP_INDEX_URL", &index.url("/simple"))
}

fn npm(index: &Index) -> Machine {
    Machine::new().variable("npm_config_registry", &index.url("/"))
}

const PIP: &str = "steps = [{ pip = \"A\" }]";
const NPM: &str = "steps = [{ npm = \"a\" }]";

#[test]
fn the_newest_release_that_fits_is_taken_from_json() {
    let index = Index::start([(
        "/simple/a/",
        simple(&[
            ("a-1.0.tar.gz", None, json!(false)),
            ("a-1.1.tar.gz", Some(">=3.8"), Value::Null),
            ("a-1.2.tar.gz", None, json!(true)),
            ("a-1.3.tar.gz", None, json!("broken")),
            ("a-1.4.tar.gz", None, json!("")),
            ("a-2.0.tar.gz", Some(">=3.13"), json!(false)),
            ("a-3.0rc1.tar.gz", None, json!(false)),
        ]),
    )]);
    assert_eq!(pip(&index).pins(PIP), ["a==1.4"]);
    assert_eq!(pip(&index).pins("steps = [{ pip = [\"--pre\", \"a\"] }]"), ["a==3.0rc1"]);
    assert_eq!(index.requests(), ["GET /simple/a/", "GET /simple/a/"]);
}

#[test]
fn the_newest_release_that_fits_is_taken_from_a_page_for_people() {
    let page = "<!DOCTYPE html>\n<html><head><meta name=pypi content='1.0'><title>a & b</title>\
        <body><h1>Links<br>\n<!-- <a href=\"a-9.0.tar.gz\">old</a> -->\
        <a href=\"../../a-1.0.tar.gz#sha256=00\">a-1.0.tar.gz</a><br>\
        <A HREF='https://a.example/a%2D1.1-py3-none-any.whl' data-requires-python='&gt;=3.8,&lt;4'>x</A>\
        <a data-requires-python=\"&gt;=3.13\" href=\"a-2.0.tar.gz\">a</a>\
        <a href=\"a-1.5.tar.gz\" data-yanked>a</a><a href=a-1.6.tar.gz data-yanked=\"why\">a</a>\
        <a name=\"top\"><a href=\"\"><a href=\"https://a.example/\"></p></body></html>";
    for kind in ["text/html", "text/html; charset=UTF-8", "application/vnd.pypi.simple.v1+html"] {
        let index = Index::start([("/simple/a/", Page::new(kind, page))]);
        assert_eq!(pip(&index).pins(PIP), ["a==1.1"], "{kind}");
    }
}

#[test]
fn all_indexes_of_pip_are_asked_and_the_newest_of_all_is_taken() {
    let one = Index::start([("/simple/a/", release("1.0"))]);
    let two = Index::start([("/simple/a/", release("2.0"))]);
    let three = Index::start([("/simple/a/", release("3.0"))]);
    let with = |machine: Machine, steps: &str| machine.pins(steps);
    let both = || {
        pip(&one).variable(
            "PIP_EXTRA_INDEX_URL",
            &format!("{} \n{}", two.url("/none"), two.url("/simple")),
        )
    };
    assert_eq!(with(both(), PIP), ["a==2.0"]);
    let step =
        format!("steps = [{{ pip = [\"a\", \"--extra-index-url={}\"] }}]", three.url("/simple"));
    assert_eq!(with(both(), &step), ["a==3.0"]);
    // What the step sees is above what this machine is configured with.
    let step = format!("build_env = {{ PIP_INDEX_URL = \"{}\" }}\n{PIP}", three.url("/simple/"));
    assert_eq!(with(pip(&one), &step), ["a==3.0"]);
    let step = format!(
        "build_env = {{ PIP_INDEX_URL = \"{}\" }}\nsteps = [{{ pip = [\"-i\", \"{}\", \"a\"] }}]",
        three.url("/simple/"),
        two.url("/simple")
    );
    assert_eq!(with(pip(&one), &step), ["a==2.0"]);
    let step = format!(
        "steps = [{{ env = {{ PIP_EXTRA_INDEX_URL = \"{}\" }} }}, {{ pip = \"a\" }}]",
        three.url("/simple")
    );
    assert_eq!(with(both(), &step), ["a==3.0"]);
}

#[test]
fn files_of_pip_are_read_in_its_order() {
    let names = ["etc", "xdg", "legacy", "user", "site", "own", "install"];
    let pages: Vec<_> = names.iter().map(|name| (format!("/{name}/a/"), release("1.0"))).collect();
    let index = Index::start(pages.iter().map(|(path, page)| (path.as_str(), page.clone())));
    let text = |name: &str| {
        format!(
            "# c\n[global]\nIndex_URL = {}\n  \n[other]\nindex-url=x\n",
            index.url(&format!("/{name}"))
        )
    };
    let files = [
        ("xdg", "/etc/xdg/pip/pip.conf"),
        ("etc", "/etc/pip.conf"),
        ("legacy", "/home/me/.pip/pip.conf"),
        ("user", "/home/me/.config/pip/pip.conf"),
        ("site", "/venv/pip.conf"),
        ("own", "/own.conf"),
    ];
    let mut machine = Machine::new().variable("VIRTUAL_ENV", "/venv");
    for (name, path) in files {
        machine = machine.file(path, &text(name));
        if name == "own" {
            machine = machine.variable("PIP_CONFIG_FILE", path);
        }
        machine.pins(PIP);
        assert_eq!(index.requests().last(), Some(&format!("GET /{name}/a/")));
    }
    let install = format!(
        "[install]\nindex-url: {}\nextra-index-url =\n    {}\n    {}\n",
        index.url("/install"),
        index.url("/etc"),
        index.url("/xdg")
    );
    let machine = machine.file("/venv/pip.conf", &install);
    let before = index.requests().len();
    machine.pins(PIP);
    let mut asked = index.requests().split_off(before);
    asked.sort();
    assert_eq!(asked, ["GET /etc/a/", "GET /install/a/", "GET /xdg/a/"]);
}

#[test]
fn a_token_goes_to_the_index_of_the_person_alone() {
    let mine = Index::start([("/simple/a/", release("1.0").with_login("Basic bWU6cEA1NQ=="))]);
    let theirs = Index::start([("/simple/a/", release("2.0")), ("/other/a/", release("2.0"))]);
    let machine = Machine::new().variable("PIP_INDEX_URL", &mine.url_as("me:p%4055", "/simple"));
    let (pins, secrets) = machine.lock(PIP);
    assert_eq!(pins.expect("the index answers"), ["a==1.0"]);
    assert!(secrets.contains(&"p@55".to_owned()) && secrets.contains(&"p%4055".to_owned()));
    // The manifest may name the same index, without knowing the password.
    let step = |url: &str| format!("steps = [{{ pip = [\"--index-url\", \"{url}\", \"a\"] }}]");
    assert_eq!(machine.pins(&step(&mine.url("/simple/"))), ["a==1.0"]);
    // It gets none for another index, nor for another path of the same one.
    assert_eq!(machine.pins(&step(&theirs.url("/simple"))), ["a==2.0"]);
    let error = machine.error(&step(&mine.url("/elsewhere")));
    assert!(!error.to_string().contains("p@55"), "{error}");
    assert!(theirs.logins().iter().all(Option::is_none), "{:?}", theirs.logins());
    let last = mine.logins().pop().expect("a request");
    assert_eq!(last, None, "another path");
}

#[test]
fn a_redirect_takes_no_token_along() {
    let theirs = Index::start([("/simple/a/", release("2.0"))]);
    let mine = Index::start([
        ("/simple/a/", Page::redirect(&theirs.url("/simple/a/"))),
        ("/moved/a/", Page::redirect("/simple/b/")),
        ("/simple/b/", release("1.0").with_login("Basic bWU6cHc=")),
        ("/far/a/", Page::redirect("http://192.0.2.1/simple/a/")),
        ("/file/a/", Page::redirect("file:///etc/passwd")),
        ("/round/a/", Page::redirect("/round/a/")),
    ]);
    let machine =
        |path: &str| Machine::new().variable("PIP_INDEX_URL", &mine.url_as("me:pw", path));
    assert_eq!(machine("/simple").pins(PIP), ["a==2.0"]);
    assert_eq!(theirs.logins(), [None]);
    assert_eq!(machine("/moved").pins(PIP), ["a==1.0"]);
    for path in ["/far", "/file", "/round"] {
        let error = machine(path).error(PIP);
        assert!(error.to_string().contains("redirect"), "{error}");
        assert!(!error.is_absent());
    }
}

#[test]
fn npm_s_latest_or_another_tag_is_taken() {
    let tags = [("latest", "1.0.0"), ("next", "2.0.0-rc.1"), ("gone", "9.0.0; touch x")];
    let index =
        Index::start([("/a", packument(&tags)), ("/@s%2Fb", packument(&[("latest", "3.0.0")]))]);
    let machine = npm(&index);
    assert_eq!(machine.pins(NPM), ["a@1.0.0"]);
    assert_eq!(
        machine.pins("steps = [{ npm = [\"@s/b\", \"a@next\"] }]"),
        ["@s/b@3.0.0", "a@2.0.0-rc.1"]
    );
    assert_eq!(machine.pins("steps = [{ npm = [\"--tag\", \"next\", \"a\"] }]"), ["a@2.0.0-rc.1"]);
    assert_eq!(machine.pins("steps = [{ bun = [\"x@npm:@s/b\"] }]"), ["@s/b@3.0.0"]);
    for (tag, words) in
        [("none", "no version with the tag `none`"), ("gone", "no version with the tag `gone`")]
    {
        let error = machine.error(&format!("steps = [{{ npm = \"a@{tag}\" }}]"));
        assert!(error.is_absent() && error.to_string().contains(words), "{error}");
    }
    let error = machine.error("steps = [{ npm = \"missing\" }]");
    assert!(error.is_absent() && error.to_string().contains("no package `missing`"), "{error}");
}

#[test]
fn registries_of_npm_are_those_of_its_layers() {
    let names = ["env", "project", "user", "scope", "step", "view", "bun", "bunfig"];
    let pages: Vec<_> = names
        .iter()
        .flat_map(|name| {
            let page = packument(&[("latest", "1.0.0")]);
            [(format!("/{name}/a"), page.clone()), (format!("/{name}/@s%2Fb"), page)]
        })
        .collect();
    let index = Index::start(pages.iter().map(|(path, page)| (path.as_str(), page.clone())));
    let asked = |machine: &Machine, steps: &str| {
        machine.pins(steps);
        index.requests().pop().unwrap_or_default()
    };
    let url = |name: &str| index.url(&format!("/{name}"));
    let machine =
        Machine::new().file("/home/me/.npmrc", &format!("; c\nregistry = \"{}\"\n", url("user")));
    assert_eq!(asked(&machine, NPM), "GET /user/a");
    let machine = machine.file(
        "/project/.npmrc",
        &format!("registry={}\n@s:registry={}\n", url("project"), url("scope")),
    );
    assert_eq!(asked(&machine, NPM), "GET /project/a");
    assert_eq!(asked(&machine, "steps = [{ npm = \"@s/b\" }]"), "GET /scope/@s%2Fb");
    let machine = machine.variable("NPM_CONFIG_REGISTRY", &url("env"));
    assert_eq!(asked(&machine, NPM), "GET /env/a");
    assert_eq!(asked(&machine, "steps = [{ npm = \"@s/b\" }]"), "GET /scope/@s%2Fb");
    let view = format!("build_env = {{ npm_config_registry = \"{}\" }}\n{NPM}", url("view"));
    assert_eq!(asked(&machine, &view), "GET /view/a");
    let step = format!("steps = [{{ npm = [\"--registry={}\", \"a\"] }}]", url("step"));
    assert_eq!(asked(&machine, &step), "GET /step/a");
    let bun = "steps = [{ bun = \"a\" }]";
    assert_eq!(asked(&machine, bun), "GET /env/a");
    let machine = machine.file(
        "/project/bunfig.toml",
        &format!(
            "[install]\nregistry = {{ url = \"{}\" }}\n[install.scopes]\ns = \"{}\"\n",
            url("bunfig"),
            url("bun")
        ),
    );
    assert_eq!(asked(&machine, bun), "GET /bunfig/a");
    assert_eq!(asked(&machine, "steps = [{ bun = \"@s/b\" }]"), "GET /bun/@s%2Fb");
    assert_eq!(asked(&machine, NPM), "GET /env/a");
    let machine = machine.variable("BUN_CONFIG_REGISTRY", &url("bun"));
    assert_eq!(asked(&machine, bun), "GET /bun/a");
}

#[test]
fn a_token_of_npm_goes_to_the_host_that_it_is_for() {
    let mine = Index::start([
        ("/@s%2Fb", packument(&[("latest", "1.0.0")]).with_login("Bearer token-of-mine")),
        ("/team/a", packument(&[("latest", "2.0.0")]).with_login("Basic bWU6cHc=")),
    ]);
    let theirs = Index::start([
        ("/a", packument(&[("latest", "6.6.6")])),
        ("/@s%2Fb", packument(&[("latest", "6.6.6")])),
    ]);
    let place = mine.url("").replace("http:", "");
    let machine = Machine::new().variable("NPM_TOKEN", "token-of-mine").file(
        "/home/me/.npmrc",
        &format!("@s:registry={}\n{place}/:_authToken=${{NPM_TOKEN}}\n{place}/team/:username=me\n{place}/team/:_password=cHc=\n", mine.url("/")),
    );
    let (pins, secrets) = machine.lock("steps = [{ npm = \"@s/b\" }]");
    assert_eq!(pins.expect("the registry answers"), ["@s/b@1.0.0"]);
    assert!(
        secrets.contains(&"token-of-mine".to_owned()) && secrets.contains(&"pw".to_owned()),
        "{secrets:?}"
    );
    let step =
        |registry: &str| format!("steps = [{{ npm = [\"--registry\", \"{registry}\", \"a\"] }}]");
    assert_eq!(machine.pins(&step(&mine.url("/team"))), ["a@2.0.0"]);
    // Another registry that the manifest or its project names.
    assert_eq!(machine.pins(&step(&theirs.url("/"))), ["a@6.6.6"]);
    let project = format!(
        "@s:registry={}\n{}/:_authToken=${{NPM_TOKEN}}\n",
        theirs.url("/"),
        theirs.url("").replace("http:", "")
    );
    let stranger =
        Machine::new().variable("NPM_TOKEN", "token-of-mine").file("/project/.npmrc", &project);
    assert_eq!(stranger.pins("steps = [{ npm = \"@s/b\" }]"), ["@s/b@6.6.6"]);
    // Nor does it get the value in another way.
    let address = format!("@s:registry={}${{NPM_TOKEN}}/\n", theirs.url("/"));
    let stranger =
        npm(&theirs).variable("NPM_TOKEN", "token-of-mine").file("/project/.npmrc", &address);
    assert_eq!(stranger.pins("steps = [{ npm = \"@s/b\" }]"), ["@s/b@6.6.6"]);
    assert!(theirs.logins().iter().all(Option::is_none), "{:?}", theirs.logins());
    assert!(
        theirs.requests().iter().all(|request| !request.contains("token")),
        "{:?}",
        theirs.requests()
    );
}

#[test]
fn an_index_that_gives_no_answer_is_an_error_and_not_an_absence() {
    let html = Page::new("text/html", "<html><a href=\"a-1.0.tar.gz\"");
    for (page, words) in [
        (Page::status(500), "the index answered 500"),
        (Page::status(401), "the index answered 401"),
        (Page::status(403), "the index answered 403"),
        (Page::new("application/json", "{}"), "it is of the type `application/json`"),
        (Page::new("application/vnd.pypi.simple.v1+json", "{"), "EOF while parsing"),
        (
            Page::new(
                "application/vnd.pypi.simple.v1+json",
                "{\"meta\":{\"api-version\":\"2.0\"},\"files\":[]}",
            ),
            "version `2.0` of its protocol",
        ),
        (html, "the page cannot be read"),
    ] {
        let index = Index::start([("/simple/a/", page)]);
        let error = pip(&index).error(PIP);
        assert!(error.to_string().contains(words) && !error.is_absent(), "{error}");
        assert!(error.help().is_some());
    }
    let machine = Machine::new().variable("PIP_INDEX_URL", "http://127.0.0.1:9/simple");
    let error = machine.error(PIP);
    assert!(error.to_string().contains("cannot connect to 127.0.0.1:9"), "{error}");
    for text in ["file:///simple", "simple", "ftp://a.example/"] {
        let error = Machine::new().variable("PIP_INDEX_URL", text).error(PIP);
        assert!(error.to_string().contains("no `http` or `https` URL"), "{error}");
    }
}

#[test]
fn an_absent_package_says_where_and_for_what() {
    let index =
        Index::start([("/simple/a/", simple(&[("a-1.0.tar.gz", Some(">=3.13"), json!(false))]))]);
    let error = pip(&index).error(PIP);
    let host = index.host();
    assert_eq!(error.to_string(), format!("no release of `a` on {host} is for Python 3.12"));
    assert!(error.is_absent());
    let error = pip(&index).error("steps = [{ pip = \"b\" }]");
    assert_eq!(error.to_string(), format!("there is no package `b` on {host}"));
}

#[test]
fn a_passing_fault_is_retried() {
    let index = Index::start([("/simple/a/", release("1.0"))]);
    index.fail_once(503);
    assert_eq!(pip(&index).pins(PIP), ["a==1.0"]);
    assert_eq!(index.requests().len(), 2);
}

#[test]
fn a_package_is_asked_for_once() {
    let index = Index::start([
        ("/simple/a/", release("1.0")),
        ("/simple/b/", simple(&[("b-2.0.tar.gz", None, json!(false))])),
    ]);
    let pins =
        pip(&index).pins("steps = [{ pip = [\"a\", \"b\"] }, { pip = \"a\" }, { pip = \"a[x]\" }]");
    assert_eq!(pins, ["a==1.0", "a==1.0", "a==1.0", "b==2.0"]);
    let mut requests = index.requests();
    requests.sort();
    assert_eq!(requests, ["GET /simple/a/", "GET /simple/b/"]);
}
