"""The first `azd up` and later ones: azd asks for parameters, the hook runs, Azure gets the values after it."""

import json
import os
import re
from pathlib import Path

import pytest

from tests.graph_rows import guid
from tests.infra.signed_in import Desk
from tests.project.azd import Environment, hook_line, names_of, up
from tests.project.bicep import declared, modules, text_of
from tests.project.bicep_values import Value, value_of


def new(**values: str) -> Environment:
    return {"AZURE_ENV_NAME": "prod", **values}


def no_hook(environment: Environment) -> None:
    """As with `azd provision --no-hooks`, or when the scripts are run by hand."""


def main_var(name: str, **environment: str) -> Value:
    """A variable of main.bicep, as a deployment from this environment computes it."""
    return value_of(declared("main.bicep", "var")[name], names_of(up(new(**environment), no_hook).given))


@pytest.mark.skipif(os.name != "posix", reason="the stand-in is a shell script")
def test_azd_up_asks_only_for_the_region_and_azure_is_given_the_ids_that_the_hook_made(tmp_path: Path) -> None:
    desk = Desk(tmp_path)

    def hook(environment: Environment) -> None:
        done = desk.shell(hook_line("preprovision"), **environment)
        assert done.returncode == 0, done.stderr
        environment.update(desk.state["azd"])

    done = up(new(), hook)

    assert done.asked == ["location"]
    assert done.given["clientId"] == desk.app("sspr-manager")["appId"]
    assert done.given["signInClientId"] == desk.app("sspr-manager sign-in")["appId"]
    assert done.given["partnerTenantId"] == guid("partner")


def test_what_was_made_before_is_replaced_by_what_the_hook_makes() -> None:
    environment = new(AZURE_LOCATION="westeurope", SSPR_CLIENT_ID=guid("old"))

    done = up(environment, lambda known: known.update(SSPR_CLIENT_ID=guid("new")))

    assert (done.asked, done.given["clientId"]) == ([], guid("new"))


def test_an_id_that_no_hook_has_set_ends_the_deployment_before_anything_is_made() -> None:
    checked = modules()["registrations.bicep"].given
    names = names_of(up(new(), no_hook).given)

    assert {name: value_of(one, names) for name, one in checked.items()} == {"clientId": "", "signInClientId": ""}
    for name in checked:
        assert f"@minLength(1)\nparam {name} string" in text_of("registrations.bicep")
    assert re.search(r"resourceGroups@.*\n(?:  .*\n)*  dependsOn: \[registrations\]", text_of("main.bicep"))
    assert modules()["app.bicep"].given["clientId"] == "registrations.outputs.clientId"


@pytest.mark.parametrize("file", modules())
def test_azure_can_compute_what_a_module_is_given_also_where_it_is_not_deployed(file: str) -> None:
    names: dict[str, Value] = {**names_of(up(new(), no_hook).given), "tags": "tags", "suffix": "suffix"}
    for name, expression in declared("main.bicep", "var").items():
        if name not in names:
            names[name] = value_of(expression, names)
    for deployed in (module for module in modules().items() if not module[1].condition):
        for output in declared(deployed[0], "output"):
            names[f"{deployed[1].symbol}.outputs.{output}"] = "known"

    module = modules()[file]
    assert not module.condition or names[module.condition] is False
    assert len([value_of(one, names) for one in module.given.values()]) == len(module.given)


@pytest.mark.parametrize(
    ("environment", "parameter", "expected"),
    [
        ({}, "mailService", "none"),
        ({"SSPR_MAIL_SERVICE": "communication-services"}, "mailService", "communication-services"),
        ({"SSPR_MAIL_SERVICE": ""}, "mailService", "none"),
        ({"SSPR_STORAGE_REPLICATION": "Standard_LRS"}, "storageReplication", "Standard_LRS"),
        ({}, "maximumInstanceCount", 5),
        ({}, "programClientIds", ""),
    ],
)
def test_values_of_the_environment_reach_azure(
    environment: dict[str, str], parameter: str, expected: str | int
) -> None:
    assert names_of(up(new(**environment), no_hook).given)[parameter] == expected


@pytest.mark.parametrize(
    ("variable", "listed", "expected"),
    [
        ("programs", "", []),
        ("programs", guid("portal"), [guid("portal")]),
        ("programs", f"{guid('portal')}, {guid('tickets')}", [guid("portal"), guid("tickets")]),
        ("senders", "", ""),
        ("senders", "it@a.example, help@b.example", '["it@a.example","help@b.example"]'),
    ],
)
def test_a_list_with_commas_survives_azd_and_reaches_the_app_as_it_reads_it(
    variable: str, listed: str, expected: list[str] | str
) -> None:
    assert main_var(variable, SSPR_PROGRAM_CLIENT_IDS=listed, SSPR_MAIL_SENDERS=listed) == expected


def test_a_list_as_json_does_not_survive_azd() -> None:
    with pytest.raises(json.JSONDecodeError):
        main_var("senders", SSPR_MAIL_SENDERS='["it@a.example"]')


def test_callers_are_the_sign_in_itself_and_the_programs_listed() -> None:
    [allowed] = re.findall(r"allowedApplications: (.+)", text_of("auth.bicep"))
    names: dict[str, Value] = {"signInClientId": guid("sign-in"), "programClientIds": [guid("portal")]}

    assert value_of(allowed, names) == [guid("sign-in"), guid("portal")]


@pytest.mark.parametrize(
    ("amount", "since", "budget", "told"),
    [
        ("", "", False, ""),
        ("0", "", False, ""),
        ("50", "", True, "2026-12-01"),
        ("60", "2026-09-01", True, "2026-09-01"),  # Azure refuses to change an existing budget's start
        ("", "2026-09-01", False, "2026-09-01"),  # a budget that is no longer deployed still exists
    ],
)
def test_a_budget_starts_in_the_month_of_the_deployment_that_made_it(
    amount: str, since: str, *, budget: bool, told: str
) -> None:
    names = names_of(up(new(SSPR_BUDGET_AMOUNT=amount, SSPR_BUDGET_START=since), no_hook).given)
    variables = {name: value_of(declared("main.bicep", "var")[name], names) for name in ("hasBudget", "budgetSince")}

    output = declared("main.bicep", "output")["SSPR_BUDGET_START"]
    assert (variables["hasBudget"], value_of(output, names | variables)) == (budget, told)
    assert "@minLength(1)\nparam email string" in text_of("budget.bicep")
