"""Callers with each role, on a world with data."""

from collections.abc import AsyncIterator

import httpx
import pytest

from sspr_core.ports.services import Services
from tests.web.web_env import OPERATOR, READER, a_populated_world, visiting


@pytest.fixture
async def world() -> Services:
    return await a_populated_world()


@pytest.fixture
async def reader(world: Services) -> AsyncIterator[httpx.AsyncClient]:
    async with visiting(world, **READER) as client:
        yield client


@pytest.fixture
async def operator(world: Services) -> AsyncIterator[httpx.AsyncClient]:
    async with visiting(world, **OPERATOR) as client:
        yield client
