"""Whether what the documents name exists: commands and options of the programs, files of the repository, links."""
import functools
import pathlib
import re
import subprocess

import markdown

# Options that documents name and that belong to other programs.
OTHERS_OPTIONS = {"--fail"}
FOLDERS = ("events/", "storage/", "actors/", "http/", "tests/", "docs/", "build_packages")


class Programs:
    def __init__(self, source, breakerd, breakerctl):
        self.source, self.breakerd, self.breakerctl = pathlib.Path(source), breakerd, breakerctl

    @functools.cache
    def help_of(self, *command):
        asked = subprocess.run([self.breakerctl, *command, "--help"], capture_output=True, text=True)
        return asked.stdout if asked.returncode == 0 else ""

    @functools.cache
    def subcommands(self, *command):
        listed = self.help_of(*command).partition("Subcommands:\n")[2].partition("\n\n")[0]
        return set(re.findall(r"^  ([a-z][a-z-]*) ", listed, re.MULTILINE))

    @functools.cache
    def daemon_options(self):
        return options_in(subprocess.run([self.breakerd, "--help"], capture_output=True, text=True).stdout)

    @functools.cache
    def dev_commands(self):
        listed = subprocess.run([self.source / "dev", "help"], capture_output=True, text=True).stdout
        return dict(re.findall(r"^  ([a-z]+) (.*?)(?=^  [a-z]|\Z)", listed, re.MULTILINE | re.DOTALL))

    @functools.cache
    def dev_options(self):
        scripts = ("dev", "tests/bench/run.sh", "tests/mutate/mutate.py")
        return set().union(*(options_in((self.source / script).read_text()) for script in scripts))

    @functools.cache
    def all_options(self):
        options = self.daemon_options() | self.dev_options() | options_in(self.help_of()) | OTHERS_OPTIONS
        for command in self.subcommands():
            options |= options_in(self.help_of(command))
            for further in self.subcommands(command):
                options |= options_in(self.help_of(command, further))
        return options

    def faults_of(self, code):
        """What is wrong with the names in a piece of code, a line or more of it."""
        words = code.split()
        if words[0] == "breakerctl":
            yield from self.faults_of_breakerctl(words[1:])
        elif words[0] == "breakerd":
            yield from (f"breakerd has no option {word}" for word in unknown(words, self.daemon_options()))
        elif words[0] == "./dev" and len(words) > 1 and re.fullmatch("[a-z]+", words[1]):
            if words[1] not in self.dev_commands():
                yield f"./dev help does not list {words[1]}"
            yield from (f"./dev has no option {word}" for word in unknown(words, self.dev_options()))
        elif words[0] in self.subcommands() and len(words) > 1:
            yield from self.faults_of_breakerctl(words)
        elif words[0].startswith("--"):
            yield from (f"no program here has an option {word}" for word in unknown(words[:1], self.all_options()))

    def faults_of_breakerctl(self, words):
        words = words[:words.index("--")] if "--" in words else words  # what `work` runs is not ours
        command = []
        for word in words:
            if word in self.subcommands(*command):
                command.append(word)
            elif re.fullmatch("[a-z][a-z-]*", word) and self.subcommands(*command) and not word_is_value(words, word):
                yield f"breakerctl {' '.join(command)} has no command {word}".replace("  ", " ")
                return
            else:
                if not word.startswith(("-", "[")):
                    break
        known = options_in(self.help_of()) | options_in(self.help_of(*command))
        yield from (f"breakerctl {' '.join(command)} has no option {word}" for word in unknown(words, known))


def word_is_value(words, word):
    """Whether it stands behind an option that takes a value."""
    before = words[words.index(word) - 1] if words.index(word) else ""
    return before.startswith("--") and before not in ("--json", "--help", "--version")


def options_in(text):
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text))


def unknown(words, known):
    return [option for word in words for option in options_in(word) if option not in known]


def file_faults(source, document):
    """Files of the repository that inline code names and that are not there."""
    for line, code in markdown.inline_code(document):
        if re.fullmatch(r"[\w./*-]+\.(cpp|hpp|sh|py|md|tsv|supp)", code) and code.startswith(FOLDERS):
            if not any(pathlib.Path(source).glob(code)):
                yield line, f"there is no {code}"


def link_faults(source, document, read):
    """Relative links to files or headings that are not there. `read` gives a document by its name."""
    for line, target in markdown.links(document):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        folder = pathlib.Path(document.name).parent
        file = pathlib.Path(source) / folder / path if path else pathlib.Path(source) / document.name
        if not file.exists():
            yield line, f"a link to {target}, and there is no such file"
        elif anchor:
            name = str(file.resolve().relative_to(pathlib.Path(source).resolve()))
            if anchor not in markdown.anchors(read(name)):
                yield line, f"a link to {target}, and {name} has no such heading"
