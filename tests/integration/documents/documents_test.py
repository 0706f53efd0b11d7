#!/usr/bin/env python3
"""Reads the documents and does what they say: each command that stands in one runs as a reader would paste it, in order,
against a real daemon, and prints what the document shows.

    documents_test.py [--list | --update | --print FILE DOCUMENT] [DOCUMENT...]     default: all documents
    --list    only says which commands run, and which do not and why
    --update  writes what the commands printed into the documents, where that differs
    --print   prints the block that a document marks with `file: FILE`

BREAKERD, BREAKERCTL and BREAKERD_SOURCE say where the programs and the repository are.

Code blocks, by their language:
    console   `$ command` and what it prints; both are checked. Exit status: 0
    sh        commands; exit status 0
    json      parses
    python, bash, sh with `#!`   compiles
    mermaid   nothing here: tests/events/rules/life_cycle_test.cpp
    text      nothing, and so it may have no commands in it
    others    must say in a marker what checks them

A comment directly before a block says something of it, which a reader of the page does not see:
    <!-- not run: REASON -->      its commands do not run, but they and their options must exist
    <!-- file: NAME -->           a file, kept under this name for the commands of the document; it is the same as the
                                  repository's of that name, if there is one
    <!-- terminal: WHY -->        runs in a terminal of its own, with a daemon in the foreground, until the document's end;
                                  a console block shows what it prints until it serves
And one that stands by itself runs, to make what the document speaks of, or to check it:
    <!-- run: COMMANDS -->
"""
import json
import os
import pathlib
import re
import sys

import markdown
import names
import session
import transcript

SOURCE = pathlib.Path(os.environ["BREAKERD_SOURCE"])
BREAKERD, BREAKERCTL = os.environ["BREAKERD"], os.environ["BREAKERCTL"]
IN_CHECKOUT = ("README.md", "CONTRIBUTING.md")  # the others take the programs to be installed
FOLDERS = ("docs", "events", "storage", "actors", "http", "tests")
COMMANDS = ("breakerd", "breakerctl", "./dev", "curl", "ctest", "cp", "kill", "git", "sudo", "apt-get", "export", "$")


class Checked:
    """One document: what is wrong with it, what ran, what did not."""

    def __init__(self, name, programs):
        self.document = markdown.read(SOURCE, name)
        self.programs = programs
        self.faults = list(self.document.faults)
        self.ran, self.not_run, self.others = [], [], []
        self.shown = []  # (block, command, what it printed), of those whose output the document shows

    def check_names(self):
        for line, code in markdown.inline_code(self.document):
            self.faults += [(line, fault) for fault in self.programs.faults_of(code)]
        self.faults += names.file_faults(SOURCE, self.document)
        self.faults += names.link_faults(SOURCE, self.document, lambda name: markdown.read(SOURCE, name))

    def check_named_commands(self, block):
        commands = []
        for index, line in enumerate(block.lines):
            code = line.removeprefix("$ ").partition(" #")[0].rstrip()
            if code.startswith(" ") and commands:  # the last command goes on
                commands[-1][1] += code
            elif code.strip() and not code.startswith("#"):
                commands.append([block.line + index, code.strip()])
        for line, code in commands:
            self.faults += [(line, fault) for fault in self.programs.faults_of(code)]

    def check_block(self, block):
        """The kind of it: "commands", "terminal", "file", or None when nothing of it runs."""
        reason, file = block.option("not run"), block.option("file")
        program = block.lines and block.lines[0].startswith("#!")
        if reason is not None:
            if not reason:
                self.faults.append((block.line, "a marker 'not run' says why"))
            self.not_run.append((block, reason))
            self.check_named_commands(block)
        elif block.option("terminal") is not None:
            return "terminal"
        elif file is not None:
            self.check_file(block, file)
            return "file"
        elif block.language in ("console", "sh", "bash", "hidden") and not program:
            return "commands"
        elif block.language == "json":
            self.check_json(block)
        elif block.language == "text":
            self.check_text(block)
        elif block.language != "mermaid":
            self.faults.append((block.line, f"nothing checks a block of {block.language} here: "
                                            "say what does, in a marker <!-- not run: ... -->"))
        return None

    def check_json(self, block):
        try:
            json.loads(block.text)
            self.others.append((block, "json, parses"))
        except ValueError as error:
            self.faults.append((block.line, f"this is no JSON: {error}"))

    def check_text(self, block):
        for index, line in enumerate(block.lines):
            if line.split()[:1] and line.split()[0] in COMMANDS:
                self.faults.append((block.line + index, "a command in a block of text: it does not run"))

    def check_file(self, block, name):
        ours = SOURCE / name
        if ours.exists() and ours.read_text() != block.text:
            self.faults.append((block.line, f"this is not what {name} has"))
        if block.language == "python":
            try:
                compile(block.text, name, "exec")
            except SyntaxError as error:
                self.faults.append((block.line + error.lineno - 1, f"this is no Python: {error.msg}"))
        elif block.language in ("sh", "bash") and not transcript.is_whole(block.text):
            self.faults.append((block.line, "bash cannot read this"))
        self.others.append((block, f"{name}, {'as in the repository' if ours.exists() else 'used by the commands'}"))

    def run(self, only_list):
        kinds = [(block, self.check_block(block)) for block in self.document.blocks]
        if only_list or all(kind is None for _, kind in kinds):
            for block, kind in kinds:
                if kind in ("commands", "terminal") and block.language != "hidden":
                    self.ran += commands_of(block) if kind == "commands" else [whole(block)]
            return
        here = session.Session(SOURCE, BREAKERD, BREAKERCTL, self.document.name not in IN_CHECKOUT)
        try:
            self.run_in(here, kinds)
            self.faults += here.end()
        except session.Failed as failed:
            self.faults.append((self.at, str(failed)))
        finally:
            here.abandon()

    def run_in(self, here, kinds):
        if not any(kind == "terminal" for _, kind in kinds) and any(kind == "commands" for _, kind in kinds):
            here.start_daemon()
        for block, kind in kinds:
            self.at = block.line
            if kind == "terminal":
                self.run_terminal(here, block)
            elif kind == "file":
                self.keep_file(here, block)
            elif kind == "commands":
                self.run_commands(here, block)

    def run_terminal(self, here, block):
        commands = transcript.of_console(block) if block.language == "console" else [whole(block)]
        log = here.open_terminal("\n".join(command.text for command in commands), block.line)
        if block.language == "console":
            usual = [line for line in log if " info " in line]  # a small machine may warn besides
            self.shown.append((block, commands[-1], usual))
        self.ran += commands

    def keep_file(self, here, block):
        name = block.option("file")
        if not (SOURCE / name).exists():
            file = here.home / name
            file.write_text(here.here(block.text))
            file.chmod(0o755)

    def run_commands(self, here, block):
        for command in commands_of(block):
            self.at = command.line
            status, output = here.run(command.text)
            printed = output.split("\n")[:-1] if output.endswith("\n") else output.split("\n") if output else []
            if status != 0:
                self.faults.append((command.line, f"ended with {status}: {command.text}\n{output}"))
            if command.output is not None:
                self.shown.append((block, command, printed))
            if block.language != "hidden":
                self.ran.append(command)

    def changed(self):
        return [(command, printed) for _, command, printed in self.shown
                if not transcript.is_same(command.output, printed)]

    def report_changes(self):
        for command, printed in self.changed():
            self.faults.append((command.line, "\n".join(
                [command.text, "--- the document shows", *command.output, "--- it printed", *printed])))

    def write_changes(self):
        """All of the outputs when one has changed, so that the names and times in a document are those of one run."""
        if not self.changed():
            return
        file = SOURCE / self.document.name
        lines = file.read_text().split("\n")
        for block, command, printed in reversed(self.shown):
            at = block.line - 1 + command.output_at
            lines[at:at + len(command.output)] = [(" " * block.indent + line).rstrip() for line in printed]
        file.write_text("\n".join(lines))


def whole(block):
    return transcript.Command(block.line, block.text.rstrip("\n"), None)


def commands_of(block):
    return transcript.of_console(block) if block.language == "console" else transcript.of_shell(block)


def all_documents():
    folders = [SOURCE / name for name in FOLDERS if not (SOURCE / name).is_symlink()]  # as self_test.py has some
    below = [file for folder in folders for file in sorted(folder.rglob("*.md"))]
    return [str(file.relative_to(SOURCE)) for file in sorted(SOURCE.glob("*.md")) + below]


def print_summary(checked):
    for one in checked:
        for command in one.ran:
            print(f"run      {one.document.name}:{command.line}: " + command.text.replace("\n", " ; "))
    for one in checked:
        for block, reason in one.not_run:
            for command in commands_of(block) if block.language in ("console", "sh") else [whole(block)]:
                print(f"not run  {one.document.name}:{command.line}: {command.text.splitlines()[0]}  [{reason}]")
    for one in checked:
        for block, what in one.others:
            print(f"checked  {one.document.name}:{block.line}: {what}")
    print(f"{sum(len(one.ran) for one in checked)} commands run, "
          f"{sum(len(one.not_run) for one in checked)} blocks not run, "
          f"{sum(len(one.others) for one in checked)} blocks checked otherwise, {len(checked)} documents")


def print_file(name, document):
    for block in markdown.read(SOURCE, document).blocks:
        if block.option("file") == name:
            print(block.text, end="")
            return 0
    print(f"{document} has no block with the marker 'file: {name}'", file=sys.stderr)
    return 1


def main(arguments):
    if arguments[:1] == ["--print"]:
        return print_file(arguments[1], arguments[2])
    options = [word for word in arguments if word.startswith("--")]
    programs = names.Programs(SOURCE, BREAKERD, BREAKERCTL)
    checked = []
    for name in [word for word in arguments if word not in options] or all_documents():
        one = Checked(name, programs)
        one.check_names()
        one.run(only_list="--list" in options)
        one.write_changes() if "--update" in options else one.report_changes()
        checked.append(one)
    print_summary(checked)
    faults = [f"{one.document.name}:{line}: {fault}" for one in checked for line, fault in one.faults]
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
