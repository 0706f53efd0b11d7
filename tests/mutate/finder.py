"""Finds the mutants of a source: what can be changed in it, one small change at a time. See mutate.py."""

import hashlib
import re
from dataclasses import dataclass

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
NO_CALL = {"if", "for", "while", "switch", "catch", "requires", "decltype", "sizeof", "static_cast"}
EMPTY = {"{}", "0", "false", "nullptr", "no_time", "std::nullopt"}
PARAMETER = re.compile(r"(?:const\s+)?[\w:]+(?:<.*>)?(?:\s*[&*]+)?\s+\w+(?:\s*=.*)?", re.DOTALL)
ENUM = re.compile(r"enum class (\w+)[^{;]*\{([^}]*)\}")
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
    old: str
    put: str
    shown: str  # the statement, on one line

    def applied_to(self, source):
        return source[: self.start] + self.put + source[self.end :]


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

    def __init__(self, name, source, enums):
        self.name, self.source, self.enums = name, source, enums
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
        self.found.append(Mutant(self.name, digest, kind, line, start, end, self.source[start:end], put, shown))

    def run(self):
        for first, last in self.statements:
            self.leave_out(first, last)
            self.leave_out_targets(first, last)
        for i, token in enumerate(self.tokens):
            if token.kind == "op":
                self.exchange(i, token)
            elif token.kind == "word":
                self.word(i, token)
            elif token.kind == "number":
                self.number(i, token)
            if token.text == "{" and self.is_initializer(i):
                self.change_elements(i, "element")
            elif token.text == "(" and self.is_call(i):
                self.change_elements(i, "argument")
        return self.found

    def leave_out(self, first, last):
        """A whole statement that ends in a semicolon; with its `if`, when it has one of one line."""
        if self.tokens[last].text != ";" or first == last:
            return
        word = self.tokens[first].text
        if word in ("using", "namespace", "struct", "class", "template", "static_assert", "public", "private"):
            return
        start = self.behind_conditions(first)
        if start is None or start > last or not self.is_whole(start, last):
            return
        begin, end = self.tokens[start].start, self.tokens[last].end
        if self.tokens[start].text == "return":
            if start != first:
                self.add("leave out", start, begin, end, ";")
            return
        self.add("leave out", start, begin, end, ";")

    def is_whole(self, first, last):
        """Whether each bracket has its partner within. The end of a call that began with a lambda has not."""
        brackets = [i for i in range(first, last + 1) if i in self.partner]
        return all(first <= self.partner[i] <= last for i in brackets)

    def behind_conditions(self, first):
        """Where what is done begins, behind labels, `if (...)`, `for (...)` and `else`; None when it cannot be told."""
        start = first
        while self.tokens[start].text in ("if", "for", "while", "else", "case", "default"):
            after = start + 1
            if self.tokens[start].text in ("case", "default"):
                while self.tokens[after].text != ":":
                    after += 1
                start = after + 1
                continue
            if self.tokens[start].text == "else":
                start = after
                continue
            if self.tokens[after].text == "constexpr":
                after += 1
            if after not in self.partner:
                return None
            start = self.partner[after] + 1
        return start

    def leave_out_targets(self, first, last):
        """Each target of `a = b = value` in turn."""
        start = self.behind_conditions(first)
        if start is None:
            return
        ends, i = [], start
        while i < last:
            if self.tokens[i].text in OPENING and i in self.partner:
                i = self.partner[i]
            elif self.tokens[i].text == "=":
                ends.append(i)
            i += 1
        if len(ends) < 2:
            return
        for target, end in zip([start, *(e + 1 for e in ends)], ends):
            self.add("target left out", target, self.tokens[target].start, self.tokens[end + 1].start, "")

    def exchange(self, i, token):
        for put in EXCHANGED.get(token.text, []):
            spaced = self.source[token.start - 1] == " " and self.source[token.end : token.end + 1] == " "
            if token.text in BINARY_ONLY and not spaced:
                continue
            if token.text == "&&" and not spaced:
                continue  # a reference
            if self.tokens[i - 1].text == "operator":
                continue
            if token.text == "+" and self.is_of_text(i):
                self.leave_out_operand(i)
                continue
            self.add(f"{token.text} becomes {put}", i, token.start, token.end, put)
        if token.text == "!" and self.source[token.end : token.end + 1] != "=":
            self.add("! left out", i, token.start, token.end, "")
        if token.text == "?":
            self.negate_choice(i)

    def operands(self, i):
        """(first, last) token of the sum that the `+` at i is part of."""
        borders = (",", ";", "=", "return", ":", "?", "<<", ">=", "<=", "<", ">", "==", "!=", "&&", "||")
        first = last = i
        while first > 0 and self.tokens[first - 1].text not in borders:
            if self.tokens[first - 1].text in OPENING:
                break
            first = self.partner[first - 1] if self.tokens[first - 1].text in CLOSING else first - 1
        while self.tokens[last + 1].text not in borders and self.tokens[last + 1].text not in CLOSING:
            last = self.partner[last + 1] if self.tokens[last + 1].text in OPENING else last + 1
        return first, last

    def is_of_text(self, i):
        """Whether a sum joins texts: one of them is a literal."""
        first, last = self.operands(i)
        return any(self.tokens[j].kind == "text" for j in range(first, last + 1))

    def leave_out_operand(self, i):
        """The one behind the `+` at i."""
        _, last = self.operands(i)
        end = i
        while end < last and not (end > i and self.tokens[end + 1].text == "+"):
            end = self.partner[end + 1] if self.tokens[end + 1].text in OPENING else end + 1
        self.add("operand left out", i, self.tokens[i].start, self.tokens[end].end, "")

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
        if token.text == "return":
            self.empty_returned(i)
        if self.is_enumerator(i) and self.tokens[i - 1].text != "case":
            self.exchange_enumerator(i)
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

    def empty_returned(self, i):
        first, last = i + 1, i
        while self.tokens[last + 1].text != ";":
            last = self.partner[last + 1] if self.tokens[last + 1].text in OPENING else last + 1
        if last < first or self.text(first, last) in EMPTY or self.text(first, last) in ("true", "*this"):
            return
        before = self.tokens[i - 1].text
        if before == ")" or before == "else":
            return  # behind a condition: it can be left out
        self.add("returned value emptied", i, self.tokens[first].start, self.tokens[last].end, "{}")

    def is_enumerator(self, i):
        return self.tokens[i].text in self.enums and self.tokens[i + 1].text == "::"

    def exchange_enumerator(self, i):
        """By the one that is declared behind it; a label of a switch is none."""
        enumerators, name = self.enums[self.tokens[i].text], self.tokens[i + 2]
        if len(enumerators) < 2 or name.text not in enumerators:
            return
        put = enumerators[(enumerators.index(name.text) + 1) % len(enumerators)]
        self.add("enumerator exchanged", i, name.start, name.end, put)

    def is_call(self, i):
        """Parentheses behind a name or a type, that declare no parameters."""
        before = self.tokens[i - 1] if i > 0 else None
        if before is None or before.text in NO_CALL or not (before.kind == "word" or before.text == ">"):
            return False
        if self.partner[i] == i + 1 or self.has_block(i, self.partner[i]):
            return False
        return not any(PARAMETER.fullmatch(self.text(first, last)) for first, last in self.elements(i))

    def shape(self, first, last):
        """Tells apart what is surely of different types."""
        text = self.text(first, last)
        if text in ("true", "false"):
            return "bool"
        if self.is_enumerator(first) and last == first + 2:
            return self.tokens[first].text
        if any(self.tokens[j].kind == "text" for j in range(first, last + 1)) or "string" in text:
            return "text"
        return "[" if text[0] == "[" else ""

    def elements(self, i):
        """(first, last) token of each element between the brackets at i."""
        end = self.partner[i]
        starts, at = [i + 1], i + 1
        while at < end:
            if self.tokens[at].text in OPENING:
                at = self.partner[at]
            elif self.tokens[at].text == ",":
                starts.append(at + 1)
            at += 1
        if starts[-1] >= end:
            starts.pop()  # nothing behind the last comma
        return [(first, (starts[n + 1] - 2) if n + 1 < len(starts) else end - 1) for n, first in enumerate(starts)]

    def change_elements(self, i, word):
        """Each element of {a, b, c} in turn becomes {}, and changes places with the one behind it."""
        elements = self.elements(i)
        if len(elements) < 2:
            return
        for first, last in elements:
            if self.text(first, last) not in EMPTY and self.tokens[first].text not in ("[", "*") and not self.is_enumerator(first):
                self.add(f"{word} emptied", first, self.tokens[first].start, self.tokens[last].end, "{}")
        for (first, last), (second, end) in zip(elements, elements[1:]):
            one, other = self.text(first, last), self.text(second, end)
            if one != other and self.shape(first, last) == self.shape(second, end):
                between = self.source[self.tokens[last].end : self.tokens[second].start]
                start = self.tokens[first].start
                self.add(f"{word}s exchanged", first, start, self.tokens[end].end, f"{other}{between}{one}")


def enums_of(root, patterns):
    """name -> enumerators, of the headers that match."""
    found = {}
    for path in sorted(p for pattern in patterns for p in root.glob(pattern)):
        for name, body in ENUM.findall(re.sub(r"//[^\n]*", "", path.read_text())):
            found[name] = [part.split("=")[0].strip() for part in body.split(",") if part.strip()]
    return found


def mutants_of(root, path, enums):
    return Finder(path, (root / path).read_text(), enums).run()
