#!/usr/bin/env python3
"""Mutates sources one small change at a time and says which changes no test notices.

A mutant is the source with one statement, one target of a chained assignment or one operand of a text left out, one
condition negated, one operator, constant or enumerator exchanged, one returned value, argument or element of an
initializer emptied, or two neighbours among them exchanged. Only the mutated file is compiled, without optimization, into a shared library that
is loaded before the one the test program was linked with (LD_PRELOAD), so its functions take the place of the others;
many mutants in one compilation (clones.py), and those that are not in a function one at a time.
A mutant is killed when the tests fail, crash or go on for too long; it survives when they pass. What does not compile
is no mutant.

The id of a mutant is made of its file, its kind and the statement it changes, not of a line number, so it stays while
other code comes and goes. A survivor that means the same as the source (an equivalent one) is listed by its id, with
the reason, in equivalent.tsv beside the configuration. An entry there that is killed, or that names no mutant any
more, is an error, so the list stays true.

Exit status: 0 nothing survives that is not listed; 1 something does, or the list is not true; 2 it could not be run.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from clones import Batch
from finder import enums_of, mutants_of

BATCH = 60  # mutants that are compiled together


class Workshop:
    """Compiles and runs. Everything it makes is in `work`."""

    def __init__(self, root, config, work):
        self.root, self.config, self.work = root, config, work
        self.compiler = os.environ.get("CXX", "c++")
        include = work / "include"
        for folder in config.get("include", []):  # <breakerd/FOLDER/...>
            link = include / "breakerd" / folder
            link.parent.mkdir(parents=True, exist_ok=True)
            if not link.exists():
                link.symlink_to(root / folder)
        self.flags = ["-std=c++20", "-fPIC", "-w", "-I", str(root), "-I", str(include)] + config.get("flags", [])
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

    def passes(self, preload=None, chosen=0):
        """True when the tests pass. Those that fail soonest come first, and the first failure is enough."""
        environment = dict(os.environ, **self.config.get("environment", {}), MUTANT=str(chosen))
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

    def library(self, text, header):
        """A source as a library that is loaded before the others, and what the compiler says. It has a place of its own."""
        place = Path(tempfile.mkdtemp(dir=self.work))
        (place / "source.cpp").write_text(text)
        made = place / "mutants.so"
        command = [self.compiler, *self.flags, "-include", str(header), "-shared", "-s", str(place / "source.cpp")]
        done = subprocess.run([*command, "-o", str(made)], capture_output=True, text=True, check=False)
        return made, done.returncode == 0, done.stderr

    def judge_alone(self, mutant, header):
        """'killed', 'survived' or 'invalid', by a compilation of its own."""
        made, compiles, _ = self.library(mutant.applied_to((self.root / mutant.file).read_text()), header)
        try:
            if not compiles:
                return "invalid"
            return "survived" if self.passes(made) else "killed"
        finally:
            shutil.rmtree(made.parent)

    def prepare(self, batch, header):
        """Compiles the mutants of a batch, all at once; None when it has to be done one at a time."""
        while batch.chosen:
            made, compiles, said = self.library(batch.text(), header)
            if compiles and self.passes(made):
                return made
            shutil.rmtree(made.parent)
            if compiles or not batch.drop_invalid(said):
                return None
        return None

    def judge(self, mutants, header):
        """(mutant, 'killed', 'survived' or 'invalid') of each, all of one file."""
        batch = Batch((self.root / mutants[0].file).read_text(), mutants)
        made = self.prepare(batch, header)
        for mutant in mutants:
            if mutant in batch.invalid:
                yield mutant, "invalid"
            elif made is not None and mutant in batch.chosen:
                yield mutant, "survived" if self.passes(made, batch.chosen[mutant]) else "killed"
            else:
                yield mutant, self.judge_alone(mutant, header)
        if made is not None:
            shutil.rmtree(made.parent)


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
    """On one line: where it is, what is done, and what becomes of what."""
    old, put = (" ".join(text.split()) for text in (mutant.old, mutant.put))
    return f"{mutant.file}:{mutant.line}: {mutant.kind}: {mutant.shown} [{old} -> {put}]"


def summary(counts, files):
    killed, survived, listed, invalid = (
        sum(counts[file, verdict] for file in files) for verdict in ("killed", "survived", "listed", "invalid")
    )
    return (
        f"{killed + survived} mutants: {killed} killed, {survived} survived, {listed} of them listed as equivalent "
        f"({invalid} changes do not compile)"
    )


def run(options, root, out):
    config_file = Path(options.config).resolve()
    config = json.loads(config_file.read_text())
    equivalents = read_equivalents(config_file.parent / "equivalent.tsv")
    targets = sorted(str(p.relative_to(root)) for g in config["mutate"] for p in root.glob(g))
    enums = enums_of(root, config.get("enums", []))
    every_id = {m.id for path in targets for m in mutants_of(root, path, enums)}
    stale = [i for i in equivalents if i not in every_id]

    if options.changed:
        changed = changed_files(root)
        targets = [path for path in targets if path in changed]
    if options.files:
        targets = [path for path in targets if any(path.endswith(f) for f in options.files)]
    mutants = [m for path in targets for m in mutants_of(root, path, enums)]
    if options.id:
        mutants = [m for m in mutants if m.id in options.id]
    if options.chunk:
        part, parts = (int(n) for n in options.chunk.split("/"))
        mutants = [m for n, m in enumerate(mutants) if n % parts == part - 1]
    if options.list:
        for mutant in mutants:
            print(f"{mutant.id}\t{describe(mutant)}", file=out)
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
    counts = collections.Counter()  # by file and verdict
    failures = len(stale)
    headers = {path: shop.header(path) for path in sorted({m.file for m in mutants})}
    batches = []
    for path in headers:
        of_file = [m for m in mutants if m.file == path]
        batches += [of_file[n : n + BATCH] for n in range(0, len(of_file), BATCH)]
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        verdicts = pool.map(lambda batch: list(shop.judge(batch, headers[batch[0].file])), batches)
        for mutant, verdict in (one for batch in verdicts for one in batch):
            counts[mutant.file, verdict] += 1
            if verdict == "survived" and mutant.id in equivalents:
                counts[mutant.file, "listed"] += 1
            elif verdict == "survived":
                failures += 1
                print(f"survived: {mutant.id} {describe(mutant)}", file=out, flush=True)
            elif mutant.id in equivalents:
                failures += 1
                print(f"not equivalent: {mutant.id} is {verdict}: {describe(mutant)}", file=out, flush=True)
    if len(headers) > 1:
        for path in headers:
            print(f"{path}: {summary(counts, [path])}", file=out)
    print(summary(counts, headers), file=out)
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
