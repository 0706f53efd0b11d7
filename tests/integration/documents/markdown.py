"""What the tests need of Markdown: code blocks with the comment before them, headings, links and inline code."""
import dataclasses
import pathlib
import re


@dataclasses.dataclass
class Block:
    """A fenced code block, or a hidden `<!-- run: ... -->`, whose language is "hidden"."""
    document: str  # from the root of the repository
    line: int  # of the first line of the content, from 1
    language: str
    lines: list
    marker: str = ""  # the text of the comment directly before it
    indent: int = 0

    @property
    def text(self):
        return "".join(line + "\n" for line in self.lines)

    def option(self, name):
        """What stands behind `NAME:` in its marker, or None."""
        key, colon, value = self.marker.partition(":")
        return value.strip() if colon and key == name else None


@dataclasses.dataclass
class Document:
    name: str
    blocks: list
    faults: list  # (line, what is wrong)
    prose: list  # (line, text) outside of code blocks and comments


MARKERS = ("not run", "file", "terminal", "run")


def read(root, name):
    lines = (pathlib.Path(root) / name).read_text().split("\n")
    document = Document(name, [], [], [])
    marker, marker_line, at = "", 0, 0
    while at < len(lines):
        line = lines[at]
        bare = line.strip()
        if bare.startswith("<!--"):
            first, comment = at + 1, bare
            while "-->" not in comment and at + 1 < len(lines):
                at += 1
                comment += "\n" + lines[at].strip()
            comment = comment.removeprefix("<!--").partition("-->")[0].strip()
            if comment.partition(":")[0] not in MARKERS:
                document.faults.append((first, f"an unknown marker, '{comment}'; there are: {', '.join(MARKERS)}"))
            elif comment.startswith("run:"):
                inside = comment.removeprefix("run:")
                skipped = len(inside) - len(inside.lstrip("\n"))
                document.blocks.append(Block(name, first + skipped, "hidden", inside.strip().split("\n")))
            else:
                marker, marker_line = comment, first
        elif bare.startswith("```"):
            indent = len(line) - len(line.lstrip())
            block = Block(name, at + 2, bare[3:].strip(), [], marker, indent)
            if not block.language:
                document.faults.append((at + 1, "a code block without a language: console, sh, json, text, ..."))
            marker = ""
            at += 1
            while at < len(lines) and lines[at].strip() != "```":
                block.lines.append(lines[at][indent:] if not lines[at][:indent].strip() else lines[at])
                at += 1
            if at == len(lines):
                document.faults.append((block.line, "a code block without an end"))
            document.blocks.append(block)
        else:
            if marker and bare:
                document.faults.append((marker_line, "no code block stands directly behind this marker"))
                marker = ""
            if line.startswith("    ") and bare and (at == 0 or not lines[at - 1].strip()):
                document.faults.append((at + 1, "indented code: put it between fences, with a language"))
            document.prose.append((at + 1, line))
        at += 1
    if marker:
        document.faults.append((marker_line, "no code block stands directly behind this marker"))
    return document


def inline_code(document):
    """(line, code) of what stands between backticks, also over the end of a line."""
    paragraph, first = [], 0
    for number, line in document.prose + [(0, "")]:
        if line.strip() and not line.lstrip().startswith("|"):
            paragraph.append((number, line))
            continue
        for group in [paragraph, [(number, line)] if line.strip() else []]:
            text = " ".join(part.strip() for _, part in group)
            starts, length = [], 0
            for at, part in group:
                starts.append((length, at))
                length += len(part.strip()) + 1
            for found in re.finditer(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", text):
                first = max(at for start, at in starts if start <= found.start())
                yield first, found.group(2).replace("\\|", "|").strip()
        paragraph = []


def without_code(line):
    return re.sub(r"(`+).+?\1", lambda found: "`" * len(found.group(0)), line)


def anchors(document):
    """As GitHub makes them of headings."""
    made = set()
    for _, line in document.prose:
        heading = re.match(r"#{1,6} +(.*?) *#*$", line)
        if not heading:
            continue
        text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading.group(1)).lower()
        anchor = plain = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
        count = 0
        while anchor in made:
            count += 1
            anchor = f"{plain}-{count}"
        made.add(anchor)
    return made


def links(document):
    """(line, target) of every link and picture."""
    text = "\n".join(without_code(line) for _, line in document.prose)
    numbers = [number for number, _ in document.prose]
    for found in re.finditer(r"\]\(\s*([^)\s]+)[^)]*\)", text):
        yield numbers[text.count("\n", 0, found.start())], found.group(1)
