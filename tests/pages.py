#!/usr/bin/env python3
"""Checks the files that the program writes for other programs: pages.py PROGRAM CASES FOLDER. Prints nothing if all is well.

The page of a model whose layers have names that are markup must show them and run none of them; a trace's events must have
the plan's layers and not overlap; the shares of a profile must add up to the whole."""
import html.parser
import json
import pathlib
import re
import subprocess
import sys

program, cases, folder = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
HOSTILE = "</script><img src=x onerror=alert(1)>&\"'"


def run(*arguments):
    return subprocess.run([program, *map(str, arguments)], check=True, capture_output=True, text=True).stdout


class Elements(html.parser.HTMLParser):
    """The elements of a page, its title, and the text of the element that holds the data."""

    def __init__(self, text):
        super().__init__()
        self.names, self.attributes, self.title, self.data, self.inside = [], [], "", "", None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)
        self.attributes += [name for name, _ in attrs]
        self.inside = "data" if dict(attrs).get("id") == "data" else tag

    def handle_endtag(self, tag):
        self.inside = None

    def handle_data(self, text):
        if self.inside == "title":
            self.title += text
        if self.inside == "data":
            self.data += text


def page(model, *options):
    out = folder / "page.html"
    run("inspect", model, "--html", out, *options)
    text = out.read_text()
    elements = Elements(text)
    return text, elements, json.loads(elements.data)


def check_names():
    model = json.loads((cases / "doc_example_k3_json" / "model.json").read_text())
    changed = json.loads(json.dumps(model).replace('"dense"', json.dumps(HOSTILE)).replace('"sequential"', json.dumps(HOSTILE)))
    file = folder / "hostile.json"
    file.write_text(json.dumps(changed))
    text, elements, data = page(file, "--weights", "synthetic:1", "--device", "cpu")
    _, plain, _ = page(cases / "doc_example_k3" / "model.keras", "--device", "cpu")
    assert HOSTILE in [layer["name"] for layer in data["layers"]], "the page does not have the layer"
    assert data["name"] == HOSTILE and elements.title.startswith(HOSTILE), "the page has another title: " + elements.title
    assert elements.names == plain.names, "a name became markup"
    assert not any(name.startswith("on") for name in elements.attributes), "a name became an attribute"
    assert "innerHTML" not in text and "insertAdjacentHTML" not in text and "document.write" not in text, "a script writes markup"
    assert "'nonce-page'" in text and "default-src 'none'" in text, "the page has no policy"
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", text), "the page fetches something"


def check_live(data):
    """While a step runs, everything that it reads and writes must be alive, and not more than the arena holds."""
    steps = [step for step in data["plan"]["steps"] if step["depth"] == 0]
    assert len(steps) == len(data["live_bytes"])
    for step, live in zip(steps, data["live_bytes"]):
        in_arena = {(o["offset"], o["bytes"]) for o in step["operands"] + step["results"] if o["place"] == "arena"}
        assert sum(size for _, size in in_arena) <= live <= data["plan"]["memory"]["arena"], (step, live)
    assert max(data["live_bytes"]) > 0


def check_page():
    _, _, data = page(cases / "topology_nested_k3" / "model.keras", "--measure", "--device", "cpu")
    names = [layer["path"] for layer in data["layers"]]
    assert "inner/inner_dense" in names and data["refusals"] == [], names
    inner = next(layer for layer in data["layers"] if layer["path"] == "inner")
    assert len(data["networks"][inner["network"]]["nodes"]) > 1, "the nested model has no graph"
    root = data["networks"][0]
    paths = [data["layers"][node]["path"] for node in root["nodes"]]
    assert [paths[a] + ">" + paths[b] for a, b, _ in root["edges"]] == ["x>first", "first>inner", "inner>y"], root
    assert len(data["times"]) == len(data["plan"]["steps"]) and len(data["live_bytes"]) == len(data["plan"]["steps"])
    check_live(data)
    check_live(page(cases / "topology_nested_several_k3" / "model.keras", "--device", "cpu")[2])
    _, _, refused = page(cases / "refuse_many_k3" / "model.keras")
    assert refused["plan"] is None and refused["refusals"], "a model that cannot run has no page"
    assert any(layer["refusal"] for layer in refused["layers"])


def check_trace(case):
    file = folder / "trace.json"
    model = cases / case / "model.keras"
    profile = json.loads(run("profile", model, "--runs", 2, "--trace", file, "--json", "--device", "cpu"))
    steps = profile["plan"]["steps"]
    events = [event for event in json.loads(file.read_text())["traceEvents"] if event["ph"] == "X"]
    assert len(events) >= len(steps) > 0
    ends = []
    for event in sorted(events, key=lambda e: (e["ts"], -e["dur"])):
        while ends and ends[-1] <= event["ts"] + 1e-6:
            ends.pop()
        assert not ends or event["ts"] + event["dur"] <= ends[-1] + 1e-6, "two events overlap"
        ends.append(event["ts"] + event["dur"])
        step = steps[event["args"]["step"]]
        assert event["name"] == (step["layer"] + ": " if step["layer"] else "") + step["operation"], event
    shares = sum(row["share"] for row in profile["steps"])
    assert abs(shares - 1) < 1e-9 and abs(sum(row["share"] for row in profile["layers"]) - 1) < 1e-9
    assert [row["share"] for row in profile["steps"]] == sorted((row["share"] for row in profile["steps"]), reverse=True)
    assert abs(sum(row["time"]["median_ns"] for row in profile["steps"]) - profile["steps_ns"]) < 1e-3


check_names()
check_page()
check_trace("topology_nested_k3")
check_trace("conv_lstm2d_k3")
