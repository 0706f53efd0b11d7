"""Many mutants in one source, since a compilation takes a hundred times as long as the tests.

Each mutant is a copy, of its own name, of the function that it changes. The function itself begins with a switch that
hands over to the copy whose number the environment variable MUTANT has. A copy that the compiler refuses is known by the
file that a #line directive names. What is not in the body of such a function (a constant, a member of a class that is
defined elsewhere, a constexpr function) is compiled alone.
"""

import re
from dataclasses import dataclass

from finder import PARAMETER, Finder

CHOICE = """
#include <cstdlib>
static int chosen_mutant() {
  static const int chosen = std::atoi(std::getenv("MUTANT"));
  return chosen;
}
"""
QUALIFIERS = ("const", "noexcept", "override")


@dataclass(frozen=True)
class Function:
    start: int  # of the declaration, in characters; so are all the others
    name: tuple
    called: str  # the name, as that of a copy begins
    parameters: tuple
    unnamed: tuple  # where a name has to be put, and which
    body: int  # behind its {
    end: int


class FunctionFinder(Finder):
    """The functions of a source that can be copied."""

    def __init__(self, source):
        super().__init__("", source, {})

    def functions(self):
        first = i = 0
        while i < len(self.tokens):
            text = self.tokens[i].text
            if text in "([" and i in self.partner:
                i = self.partner[i]
            elif text in (";", "}") or (text == ":" and self.tokens[i - 1].text in ("public", "private", "protected")):
                first = i + 1
            elif text == "{" and self.tokens[first].text in ("namespace", "class", "struct"):
                first = i + 1
            elif text == "{":
                is_body = self.tokens[i - 1].text in (")", "}", *QUALIFIERS)
                if function := self.function(first, i):
                    yield function
                i = self.partner[i]
                if is_body:
                    first = i + 1
            i += 1

    def function(self, first, body):
        """The one whose declaration begins at token `first` and whose { is at `body`; None when it cannot be copied."""
        closing = body - 1
        while self.tokens[closing].text in QUALIFIERS:
            closing -= 1
        if self.tokens[closing].text != ")" or any(self.tokens[i].text == "constexpr" for i in range(first, body)):
            return None
        opening = self.partner[closing]
        name = opening - 1
        if self.tokens[name].text == ")":  # operator()
            name -= 2
        if self.tokens[name].kind != "word" or self.tokens[name - 1].text in ("::", "~"):
            return None
        called = "call" if self.tokens[name].text == "operator" else self.tokens[name].text
        parameters, unnamed = [], []
        for n, (start, end) in enumerate(self.elements(opening)):
            if PARAMETER.fullmatch(self.text(start, end)):
                parameters.append(self.tokens[end].text)
            elif self.tokens[end].text == "&":
                parameters.append(f"unnamed_{n}")
                unnamed.append((self.tokens[end].end, f" unnamed_{n}"))
            else:
                return None
        return Function(
            self.tokens[first].start, (self.tokens[name].start, self.tokens[opening].start), called,
            tuple(parameters), tuple(unnamed), self.tokens[body].end, self.tokens[self.partner[body]].end,
        )  # fmt: skip


class Batch:
    """Mutants of one source: `chosen` has the number of each that is in the text, `invalid` those that do not compile."""

    def __init__(self, source, mutants):
        self.source, self.invalid, self.function_of = source, set(), {}
        functions = list(FunctionFinder(source).functions())
        for mutant in mutants:
            around = [f for f in functions if f.body <= mutant.start and mutant.end < f.end]
            if around:
                self.function_of[mutant] = around[0]
        self.chosen = {mutant: n for n, mutant in enumerate(self.function_of, 1)}

    def text(self):
        """The source with a copy of a function for each mutant."""
        put = []  # (where, what)
        for function in sorted({self.function_of[m] for m in self.chosen}, key=lambda f: f.start):
            mutants = [m for m in self.chosen if self.function_of[m] == function]
            copies = "".join(self.copy(function, m, self.chosen[m]) for m in mutants)
            line = self.source.count("\n", 0, function.start) + 1
            put.append((function.start, f'{copies}\n#line {line} "original"\n'))
            put += function.unnamed
            arguments = ", ".join(function.parameters)
            cases = " ".join(f"case {n}: return {function.called}__{n}({arguments});" for n in map(self.chosen.get, mutants))
            put.append((function.body, f" switch (chosen_mutant()) {{ {cases} }} "))
        text, at = CHOICE, 0
        for where, what in sorted(put, key=lambda one: one[0]):
            text += self.source[at:where] + what
            at = where
        return text + self.source[at:]

    def copy(self, function, mutant, number):
        first, last = function.name
        head = self.source[function.start : first] + f"{function.called}__{number}" + self.source[last : mutant.start]
        return f'\n#line 1 "mutant_{number}"\n{head}{mutant.put}{self.source[mutant.end : function.end]}'

    def drop_invalid(self, said):
        """Takes out those that the compiler has refused. False when it does not say which."""
        numbers = {int(n) for n in re.findall(r"^mutant_(\d+):\d+:\d+: (?:fatal )?error", said, re.MULTILINE)}
        dropped = {mutant for mutant, n in self.chosen.items() if n in numbers}
        self.invalid |= dropped
        if not dropped:  # an error in a header: those it is used by may be right or not, and are compiled alone
            numbers = {int(n) for n in re.findall(r"mutant_(\d+):\d+", said)}
            dropped = {mutant for mutant, n in self.chosen.items() if n in numbers}
        for mutant in dropped:
            del self.chosen[mutant]
        return bool(dropped)
