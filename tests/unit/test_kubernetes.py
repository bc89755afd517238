"""The Kubernetes manifests: valid by the schemas of several versions, and they fit each other."""

import re
import shutil
import subprocess
from typing import Any

import kubernetes_validate
import pytest
import yaml

from tests.support.deploying import DEPLOY, documents, redis_users

pytestmark = pytest.mark.slow

FOLDER = DEPLOY / "kubernetes"
VERSIONS = ("1.27", "1.33", kubernetes_validate.latest_version())
FILES = sorted(path for path in FOLDER.glob("*/*.yaml") if path.name != "kustomization.yaml")
MANIFESTS = [document for path in FILES for document in documents(path)]
Manifest = dict[str, Any]


def of_kind(kind: str) -> list[Manifest]:
    """All manifests of a kind."""
    return [each for each in MANIFESTS if each["kind"] == kind]


def name_of(manifest: Manifest) -> str:
    """A manifest's name, also for the report of a test."""
    return f"{manifest['kind']}-{manifest['metadata']['name']}"


def selects(selector: Manifest, labels: dict[str, str]) -> bool:
    """Whether a selector with `matchLabels` matches."""
    wanted: dict[str, str] = selector["matchLabels"]
    return wanted.items() <= labels.items()


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("manifest", MANIFESTS, ids=name_of)
def test_valid_by_the_schema(manifest: Manifest, version: str) -> None:
    """No field is missing, misspelt or of the wrong type."""
    kubernetes_validate.validate(manifest, version, strict=True)


def test_the_schema_would_tell() -> None:
    """A misspelt field is found."""
    manifest = yaml.safe_load(yaml.safe_dump(of_kind("Deployment")[0]))
    manifest["spec"]["template"]["spec"]["containers"][0]["livenessprobe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(manifest, VERSIONS[0], strict=True)


@pytest.mark.parametrize("folder", ["base", "forward"])
def test_every_file_is_part_of_its_kustomization(folder: str) -> None:
    """Nothing is left out and nothing is missing."""
    (kustomization,) = documents(FOLDER / folder / "kustomization.yaml")
    assert sorted(kustomization["resources"]) == [p.name for p in FILES if p.parent.name == folder]


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="no kubectl")
def test_the_example_can_be_built() -> None:
    """The tool makes valid manifests of the overlay that the docs show."""
    words = ["kubectl", "kustomize", str(FOLDER / "example")]
    built = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    manifests = list(yaml.safe_load_all(built))
    assert len(manifests) == len(MANIFESTS) + 2
    for manifest in manifests:
        kubernetes_validate.validate(manifest, VERSIONS[0], strict=True)


@pytest.mark.parametrize("deployment", of_kind("Deployment"), ids=name_of)
def test_a_deployment_is_probed_and_has_no_rights(deployment: Manifest) -> None:
    """Three probes on ports that it has, no rights on the node or in the cluster, the secret of a role."""
    pod = deployment["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    ports = {port["name"] for port in container["ports"]}
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"]["port"] in ports
    assert container["readinessProbe"]["httpGet"]["path"] == "/health/ready"
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["resources"]["limits"]["memory"]
    (item,) = pod["volumes"][0]["secret"]["items"]
    assert item["key"] in redis_users()
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert selects(deployment["spec"]["selector"], labels)


@pytest.mark.parametrize("service", of_kind("Service"), ids=name_of)
def test_a_service_leads_somewhere(service: Manifest) -> None:
    """It selects the pods of one deployment, and a port that they have."""
    templates = [each["spec"]["template"] for each in of_kind("Deployment")]
    (template,) = [
        each
        for each in templates
        if service["spec"]["selector"].items() <= each["metadata"]["labels"].items()
    ]
    names = {port["name"] for port in template["spec"]["containers"][0]["ports"]}
    assert {port["targetPort"] for port in service["spec"]["ports"]} <= names


def test_what_runs_twice_is_never_disrupted_as_a_whole() -> None:
    """Every deployment of several pods has a disruption budget that leaves all but one."""
    several = [each for each in of_kind("Deployment") if each["spec"]["replicas"] > 1]
    assert {each["metadata"]["name"] for each in several} == {"orders", "api"}
    for deployment in several:
        labels = deployment["spec"]["template"]["metadata"]["labels"]
        (budget,) = [b for b in of_kind("PodDisruptionBudget") if selects(b["spec"]["selector"], labels)]
        assert budget["spec"]["maxUnavailable"] == 1


def test_every_pod_is_behind_the_network_policy() -> None:
    """One policy closes every pod in both directions; the ports that others open are ports of the pods."""
    policies = of_kind("NetworkPolicy")
    (closing,) = [each for each in policies if each["metadata"]["name"] == "market-spread"]
    assert closing["spec"]["policyTypes"] == ["Ingress", "Egress"]
    names = set()
    for deployment in of_kind("Deployment"):
        template = deployment["spec"]["template"]
        assert selects(closing["spec"]["podSelector"], template["metadata"]["labels"])
        names |= {port["name"] for port in template["spec"]["containers"][0]["ports"]}
    opened = {
        p["port"] for each in policies for rule in each["spec"].get("ingress", ()) for p in rule["ports"]
    }
    assert opened == names


def test_the_docs_name_every_key_of_the_secret() -> None:
    """Who follows docs/deploy.md makes the secret that the pods mount."""
    guide = (DEPLOY.parent / "docs" / "deploy.md").read_text()
    wanted = {
        each["spec"]["template"]["spec"]["volumes"][0]["secret"]["items"][0]["key"]
        for each in of_kind("Deployment")
    }
    assert set(re.findall(r"--from-literal=(\w+)=redis://\1:", guide)) == wanted
