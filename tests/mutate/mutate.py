#!/usr/bin/env python3
"""Mutates sources one small change at a time and says which changes no test notices.

A mutant is the source with one statement left out, one condition negated, one operator or constant exchanged or one
element of an initializer emptied. Only the mutated file is compiled, without optimization, into a shared library that
is loaded before the one the test program was linked with (LD_PRELOAD), so its functions take the place of the others.
A mutant is killed when the tests fail, crash or go on for too long; it survives when they pass. What does not compile
is no mutant.

The id of a mutant is made of its file, its kind and the statement it changes, not of a line number, so it stays while
other code comes and goes. A survivor that means the same as the source (an equivalent one) is listed by its id, with
the reason, in equivalent.tsv beside the configuration. An entry there that is killed, or that names no mutant any
more, is an error, so the list stays true.

Exit status: 0 nothing survives that is not listed; 1 something does, or the list is not true; 2 it could not be run.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

TOKEN = re.compile(
    r"""
    (?P<space>\s+|//[^\n]*|/\*.*?\*/)
  | (?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)+')
  | (?P<number>\d[\w'.]*)
  | (?P<word>[A-Za-z_]\w*)
  | (?P<op><<=|>>=|<=>|->|::|\+\+|--|&&|\|\||==|!=|<=|>=|\+=|-=|\*=|/=|\|=|&=|<<|.)
    """,
    re.VERBOSE | re.DOTALL,
)
EXCHANGED = {
    "==": ["!="], "!=": ["=="], "<": ["<="], "<=": ["<"], ">": [">="], ">=": [">"],
    "&&": ["||"], "||": ["&&"], "+": ["-"], "-": ["+"], "+=": ["-="], "-=": ["+="], "++": ["--"], "--": ["++"],
}  # fmt: skip
BINARY_ONLY = {"<", ">", "+", "-"}  # an operator with a space on both sides; else a template, a sign, a pointer
OPENING, CLOSING = {"(": ")", "[": "]", "{": "}"}, {")", "]", "}"}


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Mutant:
    file: str
    id: str
    kind: str
    line: int
    start: int
    end: int
    put: str
    shown: str  # the statement, on one line


def tokens_of(source):
    tokens = []
    at = 0
    while at < len(source):
        match = TOKEN.match(source, at)
        if source[at] == "#" and source[:at].rstrip(" ").endswith(("\n", "")) and (at == 0 or source[at - 1] == "\n"):
            at = source.find("\n", at) + 1 or len(source)  # a directive
            continue
        if match.lastgroup != "space":
            tokens.append(Token(match.lastgroup, match.group(), match.start(), match.end()))
        at = match.end()
    return tokens


def matches_of(tokens):
    """The partner of each bracket, by index."""
    partner, stack = {}, []
    for i, token in enumerate(tokens):
        if token.text in OPENING and token.kind == "op":
            stack.append(i)
        elif token.text in CLOSING and token.kind == "op" and stack:
            j = stack.pop()
            partner[i], partner[j] = j, i
    return partner


class Finder:
    """Finds the mutants of one source."""

    def __init__(self, name, source):
        self.name, self.source = name, source
        self.tokens = tokens_of(source)
        self.partner = matches_of(self.tokens)
        self.statements = self.find_statements()
        self.found, self.seen = [], {}

    def find_statements(self):
        """(first, last) token of each piece of code between ; { } that are no initializer's."""
        pieces, first = [], 0
        i = 0
        while i < len(self.tokens):
            text = self.tokens[i].text
            if text in "([" and i in self.partner and not self.has_block(i, self.partner[i]):
                i = self.partner[i]
            elif text == "{" and self.is_initializer(i):
                i = self.partner[i]
            elif text in ";{}":
                if i >= first:
                    pieces.append((first, i))
                first = i + 1
            i += 1
        return pieces

    def has_block(self, first, last):
        """Whether there is a statement within, as in a lambda."""
        return any(self.tokens[i].text == ";" for i in range(first, last))

    def is_initializer(self, i):
        before = self.tokens[i - 1] if i > 0 else None
        if before is None or i not in self.partner or self.has_block(i, self.partner[i]):
            return False
        if before.kind == "word":
            return before.text not in ("else", "do", "try", "const", "noexcept", "override", "namespace")
        return before.text in (",", "(", "=", "{", ">", "return", "]") or before.text == "return"

    def statement_at(self, i):
        for first, last in self.statements:
            if first <= i <= last:
                return first, last
        return i, i

    def text(self, first, last):
        return self.source[self.tokens[first].start : self.tokens[last].end]

    def add(self, kind, at, start, end, put):
        first, last = self.statement_at(at)
        shown = " ".join(self.text(first, last).split())
        place = start - self.tokens[first].start  # within the statement, layout aside
        place = len(re.sub(r"\s+", "", self.source[self.tokens[first].start : start])) if place > 0 else 0
        key = f"{self.name}|{kind}|{shown}|{place}|{put}"
        self.seen[key] = self.seen.get(key, 0) + 1
        digest = hashlib.sha256(f"{key}|{self.seen[key]}".encode()).hexdigest()[:10]
        line = self.source.count("\n", 0, start) + 1
        self.found.append(Mutant(self.name, digest, kind, line, start, end, put, shown))

    def run(self):
        for first, last in self.statements:
            self.leave_out(first, last)
        for i, token in enumerate(self.tokens):
            if token.kind == "op":
                self.exchange(i, token)
            elif token.kind == "word":
                self.word(i, token)
            elif token.kind == "number":
                self.number(i, token)
            if token.text == "{" and self.is_initializer(i):
                self.empty_elements(i)
        return self.found

    def leave_out(self, first, last):
        """A whole statement that ends in a semicolon; with its `if`, when it has one of one line."""
        if self.tokens[last].text != ";" or first == last:
            return
        word = self.tokens[first].text
        if word in ("using", "namespace", "struct", "class", "template", "static_assert", "break", "public", "private"):
            return
        start = first
        while self.tokens[start].text in ("if", "for", "while", "else"):
            after = start + 1
            if self.tokens[start].text == "else":
                start = after
                continue
            if self.tokens[after].text == "constexpr":
                after += 1
            if after not in self.partner:
                return
            start = self.partner[after] + 1
        if start > last:
            return
        begin, end = self.tokens[start].start, self.tokens[last].end
        if self.tokens[start].text == "return":
            if start != first:
                self.add("leave out", start, begin, end, ";")
            return
        self.add("leave out", start, begin, end, ";")

    def exchange(self, i, token):
        for put in EXCHANGED.get(token.text, []):
            spaced = self.source[token.start - 1] == " " and self.source[token.end : token.end + 1] == " "
            if token.text in BINARY_ONLY and not spaced:
                continue
            if token.text == "&&" and not spaced:
                continue  # a reference
            if self.tokens[i - 1].text == "operator":
                continue
            self.add(f"{token.text} becomes {put}", i, token.start, token.end, put)
        if token.text == "!" and self.source[token.end : token.end + 1] != "=":
            self.add("! left out", i, token.start, token.end, "")
        if token.text == "?":
            self.negate_choice(i)

    def negate_choice(self, i):
        """`a ? b : c`: the condition begins behind = ( , return or {."""
        depth, first = 0, i
        while first > 0:
            text = self.tokens[first - 1].text
            if text in CLOSING:
                first = self.partner[first - 1]
                continue
            if text in OPENING or text in (",", ";", "=", "return", ":", "?", "<<"):
                break
            first -= 1
        start, end = self.tokens[first].start, self.tokens[i - 1].end
        self.add("choice negated", i, start, end, f"!({self.source[start:end]})")

    def word(self, i, token):
        if token.text in ("true", "false"):
            self.add(f"{token.text} negated", i, token.start, token.end, "false" if token.text == "true" else "true")
        if token.text in ("if", "while"):
            opening = i + 1
            if self.tokens[opening].text == "constexpr" or opening not in self.partner:
                return
            first, last = opening + 1, self.partner[opening] - 1
            inner = [j for j in range(first, last) if self.tokens[j].text == ";"]
            if inner:
                first = inner[-1] + 1
            elif self.declares(first, last):
                return
            start, end = self.tokens[first].start, self.tokens[last].end
            self.add("condition negated", i, start, end, f"!({self.source[start:end]})")

    def declares(self, first, last):
        return any(self.tokens[j].text == "=" for j in range(first, last))

    def number(self, i, token):
        if re.fullmatch(r"\d+", token.text):
            self.add(f"{token.text} plus one", i, token.start, token.end, str(int(token.text) + 1))

    def empty_elements(self, i):
        """Each element of {a, b, c} in turn becomes {}."""
        end = self.partner[i]
        starts, at = [i + 1], i + 1
        while at < end:
            if self.tokens[at].text in OPENING:
                at = self.partner[at]
            elif self.tokens[at].text == ",":
                starts.append(at + 1)
            at += 1
        if len(starts) < 2 or starts[-1] >= end:
            return
        for n, first in enumerate(starts):
            last = (starts[n + 1] - 2) if n + 1 < len(starts) else end - 1
            if self.text(first, last) in ("{}", "0", "std::nullopt", "no_time"):
                continue
            self.add("element emptied", first, self.tokens[first].start, self.tokens[last].end, "{}")


def mutants_of(root, path):
    return Finder(path, (root / path).read_text()).run()


class Workshop:
    """Compiles and runs. Everything it makes is in `work`."""

    def __init__(self, root, config, work):
        self.root, self.config, self.work = root, config, work
        self.compiler = os.environ.get("CXX", "c++")
        self.flags = ["-std=c++20", "-fPIC", "-w", "-I", str(root)] + config.get("flags", [])
        for library in config.get("pkg_config", []):
            self.flags += subprocess.run(
                ["pkg-config", "--cflags", library], capture_output=True, text=True, check=False
            ).stdout.split()

    def compile(self, source, target, *more):
        command = [self.compiler, *self.flags, *more, "-c", str(source), "-o", str(target)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def build(self):
        """The library with all sources, and the test program."""
        self.work.mkdir(parents=True, exist_ok=True)
        sources = sorted(p for g in self.config["sources"] for p in self.root.glob(g))
        tests = sorted(p for g in self.config["tests"] for p in self.root.glob(g))
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            jobs = {}
            for path in sources + tests:
                target = self.work / (str(path.relative_to(self.root)).replace("/", "_") + ".o")
                jobs[pool.submit(self.compile, path, target, "-O1")] = target
            for job in concurrent.futures.as_completed(jobs):
                if job.result().returncode != 0:
                    raise RuntimeError(job.result().stderr)
        name = lambda p: str(self.work / (str(p.relative_to(self.root)).replace("/", "_") + ".o"))
        library = self.work / "libmutated.so"
        # No -Bsymbolic: what is preloaded must be found first, also by calls within the library.
        self.link(["-shared", *map(name, sources), "-o", str(library)])
        self.link([*map(name, tests), "-o", str(self.program), str(library), f"-Wl,-rpath,{self.work}"])

    def link(self, arguments):
        command = [self.compiler, *arguments, *self.config.get("libraries", [])]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)

    @property
    def program(self):
        return self.work / "mutation_tests"

    def passes(self, preload=None):
        """True when the tests pass. Those that fail soonest come first, and the first failure is enough."""
        environment = dict(os.environ, **self.config.get("environment", {}))
        if preload:
            environment["LD_PRELOAD"] = str(preload)
        for arguments in self.config["runs"]:
            try:
                done = subprocess.run(
                    [str(self.program), *arguments],
                    cwd=self.root,
                    env=environment,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    timeout=self.config.get("timeout_seconds", 60),
                    check=False,
                )
            except subprocess.TimeoutExpired:
                return False
            if done.returncode != 0:
                return False
        return True

    def header(self, path):
        """What the file includes, compiled once: most of the time of compiling a small file goes there."""
        lines = [l for l in (self.root / path).read_text().splitlines() if l.startswith("#include")]
        header = self.work / (path.replace("/", "_") + ".includes.hpp")
        header.write_text("\n".join(lines) + "\n")
        done = subprocess.run(
            [self.compiler, *self.flags, "-x", "c++-header", str(header), "-o", f"{header}.gch"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return header

    def judge(self, mutant, header):
        """'killed', 'survived' or 'invalid'."""
        source = (self.root / mutant.file).read_text()
        changed = source[: mutant.start] + mutant.put + source[mutant.end :]
        with tempfile.TemporaryDirectory(dir=self.work) as place:
            file, made = Path(place) / "mutant.cpp", Path(place) / "mutant.so"
            file.write_text(changed)
            command = [self.compiler, *self.flags, "-include", str(header), "-shared", str(file), "-o", str(made)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                return "invalid"
            return "survived" if self.passes(made) else "killed"


def read_equivalents(file):
    """id -> reason"""
    equivalents = {}
    if not file.exists():
        return equivalents
    for line in file.read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        parts = line.split("\t")
        if len(parts) != 3 or not parts[2].strip():
            raise RuntimeError(f"{file}: an entry is 'id TAB what TAB reason': {line}")
        equivalents[parts[0]] = parts[2]
    return equivalents


def changed_files(root):
    base = subprocess.run(
        ["git", "-C", str(root), "merge-base", "HEAD", "main"], capture_output=True, text=True, check=False
    ).stdout.strip()
    if not base:
        raise RuntimeError("there is no branch main to compare with")
    out = subprocess.run(
        ["git", "-C", str(root), "diff", "--name-only", base], capture_output=True, text=True, check=True
    ).stdout
    return set(out.split())


def describe(mutant):
    return f"{mutant.file}:{mutant.line}: {mutant.kind}: {mutant.shown}"


def run(options, root, out):
    config_file = Path(options.config).resolve()
    config = json.loads(config_file.read_text())
    equivalents = read_equivalents(config_file.parent / "equivalent.tsv")
    targets = sorted(str(p.relative_to(root)) for g in config["mutate"] for p in root.glob(g))
    every_id = {m.id for path in targets for m in mutants_of(root, path)}
    stale = [i for i in equivalents if i not in every_id]

    if options.changed:
        changed = changed_files(root)
        targets = [path for path in targets if path in changed]
    if options.files:
        targets = [path for path in targets if any(path.endswith(f) for f in options.files)]
    mutants = [m for path in targets for m in mutants_of(root, path)]
    if options.id:
        mutants = [m for m in mutants if m.id in options.id]
    if options.chunk:
        part, parts = (int(n) for n in options.chunk.split("/"))
        mutants = [m for n, m in enumerate(mutants) if n % parts == part - 1]
    if options.list:
        for mutant in mutants:
            print(f"{mutant.id}\t{describe(mutant)}\t[{mutant.put}]", file=out)
        return 0
    for entry in stale:
        print(f"stale: {entry} in equivalent.tsv names no mutant", file=out)
    if not mutants:
        print("nothing to mutate", file=out)
        return 1 if stale else 0

    shop = Workshop(root, config, Path(options.work).resolve())
    if not options.no_build:
        shop.build()
    if not shop.passes():
        raise RuntimeError("the tests do not pass without a mutation: " + str(shop.program))
    counts = {"killed": 0, "survived": 0, "invalid": 0}
    failures = len(stale)
    listed = 0
    headers = {path: shop.header(path) for path in sorted({m.file for m in mutants})}
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        verdicts = pool.map(lambda m: (m, shop.judge(m, headers[m.file])), mutants)
        for mutant, verdict in verdicts:
            counts[verdict] += 1
            if verdict == "survived" and mutant.id in equivalents:
                listed += 1
            elif verdict == "survived":
                failures += 1
                print(f"survived: {mutant.id} {describe(mutant)} [{mutant.put}]", file=out, flush=True)
            elif mutant.id in equivalents:
                failures += 1
                print(f"not equivalent: {mutant.id} is {verdict}: {describe(mutant)}", file=out, flush=True)
    print(
        f"{counts['killed'] + counts['survived']} mutants: {counts['killed']} killed, {counts['survived']} survived, "
        f"{listed} of them listed as equivalent ({counts['invalid']} changes do not compile)",
        file=out,
    )
    return 1 if failures else 0


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    here = Path(__file__).resolve().parent
    parser.add_argument("files", nargs="*", help="only these of the files, by the end of their path")
    parser.add_argument("--changed", action="store_true", help="only files that differ from main")
    parser.add_argument("--list", action="store_true", help="show the mutants, run nothing")
    parser.add_argument("--id", action="append", help="only this mutant; may be repeated")
    parser.add_argument("--chunk", metavar="I/N", help="the I-th of N parts")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many at a time (one for each core)")
    parser.add_argument("--no-build", action="store_true", help="take the library and tests of the last run")
    parser.add_argument("--config", default=str(here / "rules.json"))
    parser.add_argument("--root", default=str(here.parent.parent))
    parser.add_argument("--work", default=str(here.parent.parent / "build" / "mutate"))
    options = parser.parse_args(arguments)
    try:
        return run(options, Path(options.root).resolve(), sys.stdout)
    except (RuntimeError, OSError, ValueError) as error:
        print(f"mutate: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
