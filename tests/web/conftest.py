"""Callers with each role, on a world with data."""

from collections.abc import AsyncIterator

import httpx
import pytest

from sspr_core.ports.services import World
from tests.web.web_env import OPERATOR, READER, a_populated_world, visiting


@pytest.fixture
async def world() -> World:
    return await a_populated_world()


@pytest.fixture
async def reader(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with visiting(world, **READER) as client:
        yield client


@pytest.fixture
async def operator(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with visiting(world, **OPERATOR) as client:
        yield client
