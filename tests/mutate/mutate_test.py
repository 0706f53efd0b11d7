#!/usr/bin/env python3
"""Whether mutate.py finds the mutants it should and judges them right, on the program in sample/. Takes seconds.

usage: mutate_test.py ROOT
"""

import contextlib
import io
import json
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import mutate  # noqa: E402

ROOT = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent.parent)
SAMPLE = "tests/mutate/sample/sample.cpp"


class Tree:
    """A copy of the sample in a tree of its own."""

    def __init__(self):
        self.root = Path(tempfile.mkdtemp())
        shutil.copytree(ROOT / "tests/mutate/sample", self.root / "tests/mutate/sample")
        config = {
            "mutate": [SAMPLE],
            "sources": [SAMPLE],
            "tests": ["tests/mutate/sample/sample_check.cpp"],
            "runs": [[]],
            "timeout_seconds": 20,
        }
        (self.root / "rules.json").write_text(json.dumps(config))

    def remove(self):
        shutil.rmtree(self.root)

    def change(self, path, old, new):
        file = self.root / path
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new, 1))

    def list_equivalents(self, entries):
        lines = [f"{id}\twhat it changes\t{reason}\n" for id, reason in entries.items()]
        (self.root / "equivalent.tsv").write_text("# id, what, reason\n" + "".join(lines))

    def run(self, *arguments):
        """Exit status and what is said."""
        said = io.StringIO()
        places = ["--root", str(self.root), "--config", str(self.root / "rules.json"), "--work", str(self.root / "work")]
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            status = mutate.main([*places, *arguments])
        return status, said.getvalue()


def survivors(said):
    """id -> the rest of the line"""
    found = {}
    for line in said.splitlines():
        if line.startswith("survived: "):
            id, rest = line.removeprefix("survived: ").split(" ", 1)
            found[id] = rest
    return found


class MutateTest(unittest.TestCase):
    def setUp(self):
        self.tree = Tree()
        self.addCleanup(self.tree.remove)

    def test_what_no_test_notices_survives_and_nothing_else_does(self):
        status, said = self.tree.run()
        self.assertEqual(status, 1, said)
        kinds = sorted(rest.split(": ")[1] for rest in survivors(said).values())
        # Equal values clamp to themselves on either side; nobody looks at Tally::all.
        self.assertEqual(kinds, ["++ becomes --", "< becomes <=", "> becomes >=", "leave out"], said)
        self.assertIn("4 survived, 0 of them listed", said)

        clamps = {id: "an equal value is its own bound" for id, rest in survivors(said).items() if "value" in rest}
        self.assertEqual(len(clamps), 2)
        self.tree.list_equivalents(clamps)
        status, said = self.tree.run("--no-build")
        self.assertEqual(status, 1, said)
        self.assertEqual(len(survivors(said)), 2)

        self.tree.change("tests/mutate/sample/sample_check.cpp", "tally.good == 2", "tally.good == 2 && tally.all == 3")
        status, said = self.tree.run()
        self.assertEqual(status, 0, said)
        self.assertIn("2 survived, 2 of them listed", said)

    def test_a_list_that_is_not_true_is_an_error(self):
        _, listed = self.tree.run("--list")
        killed = next(line.split("\t")[0] for line in listed.splitlines() if "return high" in line and "leave" in line)
        self.tree.list_equivalents({killed: "it is not", "0123456789": "there is no such mutant"})
        status, said = self.tree.run("--id", killed)
        self.assertEqual(status, 1)
        self.assertIn(f"not equivalent: {killed} is killed", said)
        self.assertIn("stale: 0123456789", said)
        (self.tree.root / "equivalent.tsv").write_text(f"{killed}\tno reason is given\t\n")
        status, said = self.tree.run("--list")
        self.assertEqual(status, 2)
        self.assertIn("an entry is", said)

    def test_ids_stay_when_other_lines_come(self):
        def ids():
            return {line.split("\t")[0] for line in self.tree.run("--list")[1].splitlines()}

        before = ids()
        self.tree.change(SAMPLE, "int clamp", "int other(int i) {\n  return i + 2;\n}\n\nint clamp")
        self.assertLess(before, ids())
        self.tree.change(SAMPLE, "  if (value < low) return low;", "  if (value < low)\n    return low;")
        self.assertLess(before, ids())

    def test_parts_are_the_whole(self):
        whole = self.tree.run("--list")[1].splitlines()
        parts = [line for n in (1, 2, 3) for line in self.tree.run("--list", "--chunk", f"{n}/3")[1].splitlines()]
        self.assertEqual(sorted(parts), sorted(whole))

    def test_tests_that_fail_without_a_mutation_are_no_judges(self):
        self.tree.change("tests/mutate/sample/sample_check.cpp", "tally.good == 2", "tally.good == 7")
        status, said = self.tree.run()
        self.assertEqual(status, 2)
        self.assertIn("do not pass without a mutation", said)


class FinderTest(unittest.TestCase):
    def puts(self, source):
        """What each mutant of a piece of source makes of it."""
        return [source[: m.start] + m.put + source[m.end :] for m in mutate.Finder("x.cpp", source).run()]

    def test_a_statement_is_left_out_with_its_condition_kept(self):
        self.assertIn("void f() { if (a) ; }", self.puts("void f() { if (a) b = c; }"))

    def test_conditions_are_negated(self):
        self.assertIn("void f() { if (!(a)) b(); }", self.puts("void f() { if (a) b(); }"))
        self.assertIn("int f() { return !(a) ? b : c; }", self.puts("int f() { return a ? b : c; }"))
        self.assertIn("bool f() { return a || b; }", self.puts("bool f() { return a && b; }"))

    def test_comparisons_and_constants_are_exchanged_and_templates_are_not(self):
        self.assertIn("bool f() { return a <= 1; }", self.puts("bool f() { return a < 1; }"))
        self.assertIn("bool f() { return a < 2; }", self.puts("bool f() { return a < 1; }"))
        self.assertFalse([put for put in self.puts("std::vector<int> f() { return g<int>(); }") if "<=" in put])

    def test_elements_of_an_initializer_are_emptied(self):
        puts = self.puts("void f() { v.push_back({a, b.c, d}); }")
        for expected in ("{{}, b.c, d}", "{a, {}, d}", "{a, b.c, {}}"):
            self.assertIn("void f() { v.push_back(" + expected + "); }", puts)

    def test_texts_and_comments_are_left_alone(self):
        self.assertFalse([put for put in self.puts('// a < b\nconst char* f() { return "a == b"; }') if "!=" in put or "<=" in put])

    def test_the_mutations_that_were_once_missed_are_among_those_of_the_rules(self):
        job = {m.shown for m in mutate.mutants_of(ROOT, "events/job.cpp") if m.kind == "leave out"}
        self.assertIn("row.token = {};", job)
        self.assertIn("row.updated_at = time;", job)
        queue = mutate.mutants_of(ROOT, "events/queue.cpp")
        source = (ROOT / "events/queue.cpp").read_text()
        emptied = {source[m.start : m.end] for m in queue if "holds.push_back" in m.shown and m.kind == "element emptied"}
        self.assertLessEqual({"principal", "time"}, emptied)
        self.assertTrue([m for m in queue if m.kind == "leave out" and "paused_by_hand +=" in m.shown])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
