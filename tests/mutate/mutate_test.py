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
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent))
import clones  # noqa: E402
import finder  # noqa: E402
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

    def test_mutants_that_are_compiled_together_are_judged_as_those_that_are_compiled_alone(self):
        self.tree.run()
        together = self.tree.run("--no-build")
        with mock.patch.object(clones.FunctionFinder, "functions", lambda self: ()):
            alone = self.tree.run("--no-build")
        self.assertEqual(together, alone)

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
        enums = {"Color": ["red", "green"]}
        return [source[: m.start] + m.put + source[m.end :] for m in finder.Finder("x.cpp", source, enums).run()]

    def test_a_statement_is_left_out_with_its_condition_kept(self):
        self.assertIn("void f() { if (a) ; }", self.puts("void f() { if (a) b = c; }"))

    def test_the_end_of_a_call_is_no_statement(self):
        puts = self.puts("void f() { g(a, [] { h(); }); }")
        self.assertIn("void f() { g(a, [] { ; }); }", puts)
        self.assertFalse([put for put in puts if put.count("(") != put.count(")")])

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

    def test_each_target_of_a_chained_assignment_is_left_out(self):
        puts = self.puts("void f() { if (a) b.c = d[e] = g; }")
        self.assertIn("void f() { if (a) d[e] = g; }", puts)
        self.assertIn("void f() { if (a) b.c = g; }", puts)

    def test_arguments_are_emptied_and_exchanged_and_parameters_are_not(self):
        puts = self.puts("void f(int a, const B& b) { g(a, b.c()); }")
        for expected in ("g({}, b.c())", "g(a, {})", "g(b.c(), a)"):
            self.assertIn("void f(int a, const B& b) { " + expected + "; }", puts)
        self.assertFalse([put for put in puts if not put.startswith("void f(int a, const B& b) {")])

    def test_enumerators_are_exchanged_and_labels_are_not(self):
        puts = self.puts("C f(C c) { switch (c) { case Color::red: return Color::green; } }")
        self.assertIn("C f(C c) { switch (c) { case Color::red: return Color::red; } }", puts)
        self.assertFalse([put for put in puts if "case Color::green" in put])
        (header := Path(tempfile.mkdtemp()) / "x.hpp").write_text("enum class E : int {\n  a = 0,  ///< first\n  b,\n};\n")
        self.addCleanup(shutil.rmtree, header.parent)
        self.assertEqual(finder.enums_of(header.parent, ["*.hpp"]), {"E": ["a", "b"]})

    def test_what_is_returned_is_emptied_where_the_return_cannot_be_left_out(self):
        puts = self.puts("T f() { if (a) return b; return c; }")
        self.assertIn("T f() { if (a) ; return c; }", puts)
        self.assertIn("T f() { if (a) return b; return {}; }", puts)
        self.assertNotIn("T f() { if (a) return {}; return c; }", puts)

    def test_a_break_is_left_out(self):
        self.assertIn("void f() { for (;;) { g(); ; } }", self.puts("void f() { for (;;) { g(); break; } }"))

    def test_a_text_loses_its_operands_and_a_number_its_sign(self):
        puts = [" ".join(put.split()) for put in self.puts('T f() { return "by " + g(who) + ": " + why; }')]
        for expected in ('"by " + ": " + why', '"by " + g(who) + why', '"by " + g(who) + ": " '):
            self.assertIn("T f() { return " + expected + "; }", puts)
        self.assertFalse([put for put in puts if "-" in put])
        self.assertIn("T f() { return a - g(b); }", self.puts("T f() { return a + g(b); }"))

    def test_texts_and_comments_are_left_alone(self):
        self.assertFalse([put for put in self.puts('// a < b\nconst char* f() { return "a == b"; }') if "!=" in put or "<=" in put])

    def test_the_mutations_that_were_once_missed_are_among_those_of_the_rules(self):
        enums = finder.enums_of(ROOT, ["events/model/*.hpp"])

        def lines(name):
            """Each mutant's line as it becomes."""
            source = (ROOT / name).read_text()
            for m in finder.mutants_of(ROOT, name, enums):
                changed = source[: m.start] + m.put + source[m.end :]
                yield changed[changed.rfind("\n", 0, m.start) + 1 : changed.find("\n", m.start + len(m.put))].strip()

        job, queue = list(lines("events/rules/job.cpp")), list(lines("events/rules/queue.cpp"))
        self.assertIn("row.finished_at = time;", job)  # end() without updated_at
        self.assertIn("row.updated_at = time;", job)  # ... and without finished_at
        hold = "state.holds.push_back({event.ordinal, event.kind, event.service, event.cause, principal, time, queue_now});"
        self.assertIn(hold.replace("principal", "{}"), queue)
        self.assertIn(hold.replace("time, ", "{}, "), queue)

        def left_out(name, function):
            """What is left out of a function, a statement at a time."""
            source = (ROOT / name).read_text()
            first = source.index(f"void {function}(")
            last = source.index("\n}\n", first)
            found = finder.mutants_of(ROOT, name, enums)
            return {m.old for m in found if m.kind == "leave out" and first < m.start < last}

        self.assertIn("row.token = {};", left_out("events/rules/job.cpp", "wait_again"))
        merged = left_out("events/rules/queue.cpp", "merge_generations")
        self.assertIn("into.paused_by_hand += state.generations[i].paused_by_hand;", merged)


class BatchTest(unittest.TestCase):
    SOURCE = """#include <x>
    namespace n {
    constexpr int limit = 3;
    /// A comment.
    int f(const A& a, int b) { return a.c + b; }
    int A::g() const { return 1 + limit; }
    class B {
      B(int x) : x_{x} {}
      template <class E> requires(E::ok) int operator()(const E&) { return x_ + 1; }
    };
    }
    """

    def batch(self):
        return clones.Batch(self.SOURCE, finder.Finder("x.cpp", self.SOURCE, {}).run())

    def test_a_function_hands_over_to_its_copies(self):
        batch = self.batch()
        text = " ".join(batch.text().split())
        self.assertTrue([n for n in batch.chosen.values() if f"int f__{n}(const A& a, int b) {{ return a.c - b; }}" in text])
        self.assertIn("return f__1(a, b);", text)
        self.assertRegex(text, r"int operator\(\)\(const E& unnamed_0\) { switch \(chosen_mutant\(\)\) { case \d+: return call__\d+\(unnamed_0\);")

    def test_what_is_in_no_function_of_its_own_is_compiled_alone(self):
        alone = {m.line for m in finder.Finder("x.cpp", self.SOURCE, {}).run() if m not in self.batch().chosen}
        self.assertEqual(alone, {3, 6})

    def test_what_the_compiler_refuses_is_dropped(self):
        batch = self.batch()
        refused = next(m for m, n in batch.chosen.items() if n == 2)
        self.assertTrue(batch.drop_invalid("mutant_2:1:50: error: no match for operator-\nmutant_3:1:2: note: here"))
        self.assertEqual(batch.invalid, {refused})
        self.assertNotIn('"mutant_2"', batch.text())
        self.assertIn('"mutant_3"', batch.text())
        self.assertTrue(batch.drop_invalid("x.hpp:1:1: error: bad\nmutant_3:1:2: required from here"))
        self.assertEqual(batch.invalid, {refused})  # the third is compiled alone
        self.assertNotIn('"mutant_3"', batch.text())
        self.assertFalse(batch.drop_invalid("original:1:1: error: no file"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
