"""Console blocks: `$ command`, `> its further lines`, and what it printed. Output is compared with what changes from one
run to the next taken out."""
import dataclasses
import re
import subprocess


@dataclasses.dataclass
class Command:
    line: int
    text: str
    output: list  # lines; None: not shown
    output_at: int = 0  # index in its block's lines


CHANGING = [
    (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "<uuid>"),
    (r"\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|\+00:00)", "<time>"),
    (r"\b[0-9a-f]{64}\b", "<hash>"),
    (r"\b[0-9a-f]{32}\b", "<token>"),
    (r"\b\d+ ms\b", "<n> ms"),
    (r"\b\d+\.\d+ s\b", "<n> s"),
]


def comparable(line):
    for pattern, name in CHANGING:
        line = re.sub(pattern, name, line)
    return line.rstrip()


def is_same(shown, printed):
    return [comparable(line) for line in shown] == [comparable(line) for line in printed]


def of_console(block):
    commands = []
    for index, line in enumerate(block.lines):
        if line.startswith("$ "):
            commands.append(Command(block.line + index, line[2:], [], index + 1))
        elif line.startswith("> ") and commands and not commands[-1].output:
            commands[-1].text += "\n" + line[2:]
            commands[-1].output_at = index + 1
        elif commands:
            commands[-1].output.append(line)
        else:
            raise ValueError(f"{block.document}:{block.line}: a console block begins with '$ '")
    return commands


def is_whole(text):
    checked = subprocess.run(["bash", "-n"], input=text, text=True, capture_output=True)
    return checked.returncode == 0 and not checked.stderr


def of_shell(block):
    """Each command by itself, as bash would read them one after the other."""
    commands, text, first = [], "", 0
    for index, line in enumerate(block.lines):
        if not text and (not line.strip() or line.lstrip().startswith("#")):
            continue
        if not text:
            first = block.line + index
        text += line + "\n"
        if is_whole(text):
            commands.append(Command(first, text.rstrip("\n"), None))
            text = ""
    if text:
        commands.append(Command(first, text.rstrip("\n"), None))
    return commands
