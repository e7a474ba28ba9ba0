//! Words from SDKs, Dockerfiles and other tools, with their equivalents here.

/// The command that installs a project's dependencies with a tool that has no step of its own.
pub(super) fn command(tool: &str) -> Option<&'static str> {
    Some(match tool {
        "pnpm" => "pnpm install",
        "yarn" => "yarn install",
        "poetry" => "poetry install",
        "uv" => "uv sync",
        "conda" => "conda install PACKAGE",
        "cargo" => "cargo build",
        _ => return None,
    })
}

/// The key that corresponds to another tool's `key` in a table.
pub(super) fn suggest_alias(table: &str, key: &str) -> Option<&'static str> {
    let words: &[(&'static str, &[&str])] = match table {
        "Manifest" => &[
            ("name", &["alias", "id", "template", "template_name"]),
            (
                "from",
                &["base", "base_image", "dockerfile", "from_image", "image", "python", "node"],
            ),
            ("public", &["is_public", "visibility"]),
            ("resources", &["cpu", "cpu_count", "cpus", "disk", "memory", "memory_mb"]),
            ("env", &["environment", "envs", "vars", "variables"]),
            ("build_env", &["arg", "args", "build_args"]),
            ("workdir", &["cwd", "working_dir", "working_directory"]),
            ("steps", &["apt", "build", "commands", "copy", "packages", "pip", "run", "run_cmds"]),
            ("start", &["cmd", "command", "entrypoint", "start_cmd"]),
            ("ready", &["health", "healthcheck", "probe", "readiness", "ready_cmd"]),
            ("tests", &["checks", "verify"]),
        ],
        "From" => &[
            ("image", &["base_image", "docker", "docker_image", "from", "name", "tag", "version"]),
            ("dockerfile", &["docker_file", "file"]),
            ("node", &["nodejs"]),
            ("arch", &["archlinux"]),
            ("auth", &["credentials", "login", "registry"]),
        ],
        "Auth" => &[
            ("type", &["kind"]),
            ("username", &["login", "name"]),
            ("password", &["pass", "token"]),
            ("service_account", &["service_account_json"]),
        ],
        "Resources" => &[
            ("cpu", &["cores", "cpu_count", "vcpu", "vcpus"]),
            ("memory", &["mem", "memory_mb", "ram"]),
            ("disk", &["disk_mb", "disk_size", "storage"]),
        ],
        "Step" => &[
            (
                "run",
                &["args", "bash", "cmd", "command", "commands", "exec", "script", "sh", "shell"],
            ),
            ("write", &["create", "file"]),
            ("content", &["body", "contents", "data", "text"]),
            ("copy", &["add", "files", "source", "sources", "src"]),
            ("to", &["dest", "destination", "dst", "into", "path"]),
            ("apt", &["apt-get", "apt_get", "apt_install"]),
            ("npm", &["node"]),
            ("git", &["clone", "git_clone", "repo", "repository", "url"]),
            ("branch", &["ref", "tag"]),
            ("mkdir", &["directory", "make_dir"]),
            ("remove", &["delete", "rm"]),
            ("rename", &["move", "mv"]),
            ("symlink", &["link", "ln"]),
            ("env", &["environment", "envs"]),
            ("workdir", &["cd", "cwd", "working_dir"]),
            ("owner", &["chown"]),
            ("mode", &["chmod", "permissions"]),
            ("label", &["description", "name", "title"]),
            ("no_cache", &["cache", "skip_cache"]),
        ],
        "Start" => &[("cmd", &["args", "command", "exec", "run", "script", "shell"])],
        "Ready" => &[
            ("cmd", &["command", "exec", "run", "script"]),
            ("port", &["tcp"]),
            ("url", &["endpoint", "get", "http", "https", "path"]),
            ("status", &["code", "status_code"]),
            ("process", &["pid", "proc"]),
            ("wait", &["delay", "seconds", "sleep", "time", "timeout"]),
        ],
        "Test" => &[
            ("name", &["description", "label", "title"]),
            (
                "run",
                &["args", "bash", "cmd", "command", "commands", "exec", "script", "sh", "shell"],
            ),
            ("port", &["tcp"]),
            ("url", &["endpoint", "get", "http", "https"]),
            ("process", &["pid", "proc"]),
            ("file", &["exists", "path"]),
            ("stdout", &["contains", "expect", "expected", "out", "output"]),
            ("stderr", &["err", "error"]),
            ("status", &["code", "exit", "exit_code", "exit-code", "status_code"]),
            ("workdir", &["cd", "cwd", "dir", "working_dir"]),
            ("env", &["environment", "envs"]),
        ],
        "Expectation" => &[("matches", &["match", "pattern", "regex", "regexp"])],
        "Secret" => &[("env", &["variable"]), ("file", &["path"])],
        _ => &[],
    };
    words.iter().find(|(_, others)| others.contains(&key)).map(|(meant, _)| *meant)
}
