"""The files for clusters and servers in examples/ are as the schemas of KubeRay and KServe require, and use only existing options."""

import json
import pathlib
import re
import unittest

from folders import ROOT
from schema import wrong

try:
    import yaml
except ImportError:
    yaml = None

EXAMPLES = ROOT / "examples"
# Excerpts of the definitions that the operators of KubeRay and KServe install; crds/excerpt.py states their source.
SCHEMAS = {
    name: json.loads((pathlib.Path(__file__).parent / "crds" / f"{pathlib.Path(name).stem}.json").read_text(encoding="utf-8"))["schema"]
    for name in ("ray/rayjob.yaml", "kserve/servingruntime.yaml", "kserve/inferenceservice.yaml")
}


def options_in(text):
    return set(re.findall(r"--[a-z][a-z_-]*", text))


class Yaml(unittest.TestCase):
    def setUp(self):
        if yaml is None:
            self.skipTest("PyYAML is not installed (python3-yaml)")
        self.files = {name: yaml.safe_load((EXAMPLES / name).read_text(encoding="utf-8")) for name in SCHEMAS}

    def test_schemas(self):
        for name, schema in SCHEMAS.items():
            self.assertIsNone(wrong(self.files[name], schema, name))

    def test_faults_are_seen(self):
        def changed(name, place, value):
            document = yaml.safe_load((EXAMPLES / name).read_text(encoding="utf-8"))
            *way, last = place
            inner = document
            for step in way:
                inner = inner[step]
            inner[last] = value
            return wrong(document, SCHEMAS[name])

        job, group = "ray/rayjob.yaml", ("spec", "rayClusterSpec", "workerGroupSpecs", 0)
        container = (*group, "template", "spec", "containers", 0)
        self.assertRegex(changed(job, (*group, "replicas"), "4"), r"workerGroupSpecs\[0\].replicas: '4' is no integer")
        self.assertRegex(changed(job, (*group, "replica"), 4), r"replica does not exist")
        self.assertRegex(changed(job, (*container, "resources", "limits", "cpu"), "two"), r"limits.cpu: 'two' is not as ")
        self.assertRegex(changed(job, (*container, "volumeMounts"), [{"name": "data"}]), r"mountPath is absent")
        self.assertRegex(changed(job, (*container, "tty"), True), r"tty is not in the excerpt")
        runtime = ("spec", "supportedModelFormats", 0, "autoSelect")
        self.assertRegex(changed("kserve/servingruntime.yaml", runtime, "yes"), r"autoSelect: 'yes' is no boolean")
        self.assertRegex(changed("kserve/inferenceservice.yaml", ("spec", "predictor", "minReplicas"), 1.5), r"minReplicas: 1.5")

    def test_files_fit_each_other(self):
        runtime, service = (
            self.files["kserve/servingruntime.yaml"],
            self.files["kserve/inferenceservice.yaml"]["spec"]["predictor"]["model"],
        )
        self.assertEqual(service["runtime"], runtime["metadata"]["name"])
        formats = [(kind["name"], kind["version"]) for kind in runtime["spec"]["supportedModelFormats"]]
        self.assertIn((service["modelFormat"]["name"], service["modelFormat"]["version"]), formats)
        self.assertIn(service["protocolVersion"], runtime["spec"]["protocolVersions"])
        job = self.files["ray/rayjob.yaml"]["spec"]["rayClusterSpec"]
        for group in (job["headGroupSpec"], *job["workerGroupSpecs"]):
            pod = group["template"]["spec"]
            mounted = {mount["name"] for mount in pod["containers"][0]["volumeMounts"]}
            self.assertEqual(mounted, {volume["name"] for volume in pod["volumes"]})

    def test_options_exist(self):
        server = (ROOT / "python" / "keraunos" / "kserve.py").read_text(encoding="utf-8")
        service = self.files["kserve/inferenceservice.yaml"]["spec"]["predictor"]["model"]
        given = options_in(" ".join(self.files["kserve/servingruntime.yaml"]["spec"]["containers"][0]["args"] + service["args"]))
        of_kserve = {"--model_name", "--http_port"}  # of kserve.model_server's own parser
        self.assertEqual(given - of_kserve - options_in(server), set())
        script = (EXAMPLES / "ray" / "predict_parquet.py").read_text(encoding="utf-8")
        known = set(re.findall(r'add_argument\("(--[a-z]+)"', script))
        self.assertEqual(options_in(self.files["ray/rayjob.yaml"]["spec"]["entrypoint"]) - known, set())


class Guide(unittest.TestCase):
    def test_python_compiles(self):
        fences = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "clusters.md").read_text(encoding="utf-8"), re.S)
        self.assertGreaterEqual(len(fences), 3)
        for number, code in enumerate([*fences, (EXAMPLES / "ray" / "predict_parquet.py").read_text(encoding="utf-8")]):
            compile(code, f"docs/clusters.md, fence {number}", "exec")


if __name__ == "__main__":
    unittest.main()
