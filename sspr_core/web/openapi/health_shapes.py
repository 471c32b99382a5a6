"""The shape of health."""

from datetime import datetime

from pydantic import Field

from sspr_core.health.check import Health
from sspr_core.web.openapi.shapes import Shape


class CheckShape(Shape):
    name: str = Field(examples=["queue snapshots"])
    status: Health = Field(description="warn: works, or will again by itself; fail: somebody has to do something")
    said: str = Field(description="what was found", examples=["Entra gives the app a token for your own tenant."])
    to_do: str | None = Field(description="null: nothing")


class HealthShape(Shape):
    as_of: datetime
    status: Health = Field(description="the worst of the checks")
    checks: list[CheckShape]
