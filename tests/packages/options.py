"""The options of `pip install` and `npm install`, held against the table of `sbx`."""

import dataclasses
import json
import pathlib
import re
import subprocess

TABLE = pathlib.Path("src/lock/package/options/table.rs")

PIP = """
import json
from pip._internal.commands import create_command

command = create_command("install")
groups = [command.parser, *command.parser.option_groups]
options = [option for group in groups for option in group.option_list]
listed = [
    (name, option.takes_value())
    for option in options
    if option.help != "SUPPRESSHELP"
    for name in [*option._long_opts, *option._short_opts]
]
print(json.dumps(listed))
"""

NPM = """
const { definitions, shorthands } = require(process.argv[1]);
const Install = require(process.argv[2]);
const listed = Install.params.map((name) => [
  `--${name}`,
  ![].concat(definitions[name].type).includes(Boolean),
]);
console.log(JSON.stringify(listed));
"""

# Options that do not install anything.
IGNORED = {"--help", "--version", "-h", "-V", "--no-python-version-warning"}


@dataclasses.dataclass
class Tool:
    valued: set
    flags: set
    letters: str
    valued_letters: set
    synonyms: dict


@dataclasses.dataclass
class Table:
    tools: dict

    @classmethod
    def read(cls):
        text = re.sub(r"\\\n\s+", "", TABLE.read_text())
        tools = {}
        for name, body in re.findall(r"const (\w+): Table = Table \{(.*?)\n\};", text, re.S):
            names = lambda key: set(re.search(rf"\b{key}: \"([^\"]*)\"", body).group(1).split())
            letters = re.search(r"\n    letters: \"([^\"]*)\"", body).group(1)
            valued = set(re.findall(r"\('(\w)',", body))
            synonyms = dict(re.findall(r"\(\"([\w-]+)\", \"([\w-]+)\"\)", body))
            tools[name] = Tool(names("valued"), names("flags"), letters, valued, synonyms)
        return cls(tools)

    def broken(self):
        """A table that is wrong in all that it says."""
        turned = {
            name: Tool(tool.flags, tool.valued, "".join(tool.valued_letters), set(tool.letters), {})
            for name, tool in self.tools.items()
        }
        return Table(turned)

    def kind(self, tool, option):
        """Whether an option takes a value, by the table: `None` for one that it does not have."""
        tool, name = self.tools[tool], option.lstrip("-")
        name = tool.synonyms.get(name, name)
        if option.startswith("--"):
            return True if name in tool.valued else False if name in tool.flags else None
        return True if name in tool.valued_letters else False if name in tool.letters else None


def asked(command):
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def asked_of(venv, modules):
    """Each option of the tools: the tool's table, its name, and whether it takes a value."""
    found = asked([f"{venv}/bin/python", "-c", PIP])
    definitions = f"{modules}/npm/node_modules/@npmcli/config/lib/definitions"
    install = f"{modules}/npm/lib/commands/install.js"
    listed = {"PIP": found, "NPM": asked(["node", "-e", NPM, definitions, install])}
    for tool, options in listed.items():
        for option, takes_value in options:
            if option not in IGNORED:
                yield tool, option, takes_value
