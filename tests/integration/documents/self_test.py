#!/usr/bin/env python3
"""documents_test.py finds what it is for: documents with one fault each, in a tree of its own, and a good one."""
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
SOURCE = pathlib.Path(os.environ["BREAKERD_SOURCE"])

GOOD = """# Good

[here](#good), [there](good.md#two-words-code), `breakerctl status --exit-code`, `--data-dir`, `./dev test`

## Two *words*, `code`

<!-- run: breakerctl open --reason drill -->
```console
$ NAME=drill
$ breakerctl close --reason $NAME
Circuit breaker closed: drill
$ printf '%s\\n' one \\
>   2026-11-28T12:00:00.000001Z
one
2026-11-28T12:00:00.123456Z
```

<!-- file: greet.sh -->
```sh
#!/bin/sh
echo hello
```

```sh
# A comment.
./greet.sh | grep -q hello &&
  breakerctl allow
```

<!-- not run: it stops the machine -->
```sh
shutdown now
```

```json
{"a": 1}
```

```text
nothing to run
```
"""

# name: (document, what is said of it)
FAULTY = {
    "fails": ("```sh\nfalse\n```\n", "2: ended with 1: false"),
    "fails-late": ("```sh\ntrue\nfalse\ntrue\n```\n", "3: ended with 1: false"),
    "fails-in-the-middle-of-a-console": ("```console\n$ false\n$ true\n```\n", "2: ended with 1: false"),
    "hidden-fails": ("<!-- run: false -->\n", "1: ended with 1: false"),
    "other-output": ("```console\n$ echo yes\nno\n```\n", "--- it printed\nyes"),
    "more-output": ("```console\n$ echo yes\n```\n", "--- it printed\nyes"),
    "no-marker": ("```ruby\nputs 1\n```\n", "nothing checks a block of ruby"),
    "no-language": ("```\n$ false\n```\n", "1: a code block without a language"),
    "no-reason": ("<!-- not run: -->\n```sh\nfalse\n```\n", "says why"),
    "unknown-marker": ("<!-- norun: x -->\n```sh\ntrue\n```\n", "1: an unknown marker"),
    "marker-of-nothing": ("<!-- not run: x -->\n\nwords\n\n```sh\ntrue\n```\n", "1: no code block stands"),
    "indented": ("Do this:\n\n    false\n", "3: indented code"),
    "indented-in-a-list": ("1. Do this:\n\n       false\n", "3: indented code"),
    "command-in-text": ("```text\nbreakerctl status\n```\n", "2: a command in a block of text"),
    "no-json": ("```json\n{]\n```\n", "this is no JSON"),
    "no-python": ("<!-- file: a.py -->\n```python\n\nif\n```\n", "4: this is no Python"),
    "another-file": ("<!-- file: dev -->\n```sh\n#!/bin/sh\n```\n", "this is not what dev has"),
    "no-option": ("`breakerctl close --force`\n", "breakerctl close has no option --force"),
    "no-subcommand": ("`breakerctl campaign stop spring`\n", "breakerctl campaign has no command stop"),
    "no-option-in-what-is-not-run": ("<!-- not run: x -->\n```text\nbreakerd --data-dir D\n         --tls\n```\n",
                                     "breakerd has no option --tls"),
    "no-dev-command": ("`./dev deploy`\n", "./dev help does not list deploy"),
    "no-dev-option": ("`./dev bench --fast`\n", "./dev has no option --fast"),
    "no-option-anywhere": ("over the\n`--nonsense`\n", "2: no program here has an option --nonsense"),
    "no-file": ("`events/nothing.cpp`\n", "there is no events/nothing.cpp"),
    "no-link": ("[a](nowhere.md)\n", "a link to nowhere.md"),
    "decisions/no-link": ("[a](../nowhere.md)\n", "a link to ../nowhere.md"),
    "no-anchor": ("[a](good.md#three)\n", "good.md has no such heading"),
    "no-anchor-here": ("# One\n\n[a](#two)\n", "has no such heading"),
    "goes-on": ("```sh\ntail -f /dev/null &\n```\n", "went on behind its end"),
    "daemon-does-not-start": ("<!-- terminal: x -->\n```sh\nbreakerd --port 0\n```\n", "no daemon serves"),
    "daemon-killed": ("<!-- terminal: x -->\n```sh\nbreakerd --data-dir d --socket $PWD/s\n```\n\n"
                      "<!-- run: pid=$(lslocks -no PID,PATH | awk -v f=$PWD/d/log/LOCK '$2 == f {print $1}');"
                      " kill -9 $pid -->\n", "3: the daemon's terminal ended with"),
}


def main():
    with tempfile.TemporaryDirectory() as name:
        tree = pathlib.Path(name)
        (tree / "docs/decisions").mkdir(parents=True)
        for shared in ("dev", "tests"):
            (tree / shared).symlink_to(SOURCE / shared)
        (tree / "docs/good.md").write_text(GOOD)
        for fault, (text, _) in FAULTY.items():
            (tree / f"docs/{fault}.md").write_text(text)
        asked = subprocess.run([sys.executable, HERE / "documents_test.py"], capture_output=True, text=True,
                               env=os.environ | {"BREAKERD_SOURCE": name})
    wrong = []
    if asked.returncode == 0:
        wrong.append("it passed")
    said = {}
    for line in asked.stderr.split("\n"):
        if line.startswith("docs/"):
            document, _, fault = line.removeprefix("docs/").partition(".md:")
            said.setdefault(document, []).append(fault)
        elif said:
            said[document][-1] += "\n" + line
    for fault, (_, expected) in FAULTY.items():
        if not any(expected in one for one in said.get(fault, [])):
            wrong.append(f"{fault}: it does not say '{expected}' but {said.get(fault)}")
    if "good" in said:
        wrong.append(f"the good document: {said['good']}")
    print("\n".join(wrong) or f"{len(FAULTY)} faults are found")
    if wrong:
        print(asked.stdout, asked.stderr, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
