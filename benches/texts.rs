//! Texts that several benchmarks measure.

/// A manifest as people write them, that long; nothing is wrong with it.
pub(crate) fn mixture(n: usize) -> String {
    let head = "name = \"team/example\"\ntags = [\"v1.0.0\", \"default\"]\nworkdir = \"/srv\"\n\n\
                [resources]\ncpu = 2\nmemory = \"1GiB\"\n\n[from]\npython = \"3.12\"\n\n\
                [env]\nAPP_ENV = \"production\"\nHOME_DIR = \"/srv/$APP_ENV\"\n";
    let kinds = [
        "[[steps]]\napt = [\"git\", \"curl\", \"build-essential\"]\n",
        "[[steps]]\n# The project's own packages.\npip = [\"fastapi\", \"uvicorn>=0.30\"]\n",
        "[[steps]]\nrun = [\"make -j4\", \"make install\"]\nuser = \"root\"\nlabel = \"build\"\n",
        "[[steps]]\nenv = { LEVEL = \"info\", TARGET = \"${APP_ENV}/x\" }\n",
        "[[steps]]\nmkdir = \"/var/lib/app\"\nmode = 0o755\n",
        "[[steps]]\ngit = \"https://example.com/a/b.git\"\nto = \"/srv/b\"\ndepth = 1\n",
        "[[steps]]\nworkdir = \"/srv/app\"\n",
    ];
    let tail = "\n[start]\ncmd = \"uvicorn app:app\"\n\n[ready]\nport = 8000\n";
    let mut text = head.to_owned();
    let mut count = head.matches('\n').count() + tail.matches('\n').count();
    for kind in kinds.iter().cycle() {
        let more = kind.matches('\n').count() + 1;
        if count + more > n {
            break;
        }
        text.push('\n');
        text.push_str(kind);
        count += more;
    }
    text + &"#\n".repeat(n - count) + tail
}
