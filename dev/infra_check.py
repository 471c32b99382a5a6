"""Runs checkov on infra/ and checks its output: its exit code is 0 even when it could not read a file."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from dev.azurite import ROOT

INFRA = ROOT / "infra"
_PYTHON = ROOT / ".venv-check" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def command(folder: Path) -> list[str]:
    """Checks everything in the folder by our list of rules, without a network service."""
    asked = ["-d", str(folder), "--config-file", str(INFRA / ".checkov.yaml"), "--framework", "bicep"]
    return [str(_PYTHON), "-m", "checkov.main", *asked, "-o", "json", "--compact", "--skip-download"]


def problems(said: str) -> list[str]:
    """The problems, one line each; none: every file was read and every rule holds."""
    try:
        report: dict[str, Any] = json.loads(said)
        summary = report.get("summary", report)  # when it had nothing to check, the report is only the summary
        results = report.get("results", {})
        found = [f"{file}: checkov cannot read it" for file in results.get("parsing_errors", [])]
        found += [_line(one) for one in results.get("failed_checks", [])]
        if not found and (summary["parsing_errors"] or summary["failed"]):
            found.append(f"checkov counts {summary['parsing_errors']} unread files, {summary['failed']} failures")
        if not summary["resource_count"]:
            found.append("checkov found nothing to check")
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        return [f"checkov said nothing that can be judged ({error!r}): {said[:500]!r}"]
    return found


def _line(check: dict[str, Any]) -> str:
    first, _ = check["file_line_range"]
    return f"{check['file_path']}:{first}: {check['check_id']} {check['check_name']} ({check['resource']})"


def main() -> int:
    done = subprocess.run(command(INFRA), capture_output=True, text=True, check=False)
    found = problems(done.stdout)
    print("\n".join(found) or "infra: every file read, every rule holds")
    if found and done.stderr:
        print(done.stderr[-2_000:], file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
