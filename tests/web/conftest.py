"""Callers with each role, on services with data."""

from collections.abc import AsyncIterator

import httpx
import pytest

from sspr_core.ports.services import Services
from tests.web.web_env import OPERATOR, READER, a_populated_world, visiting


@pytest.fixture
async def services() -> Services:
    return await a_populated_world()


@pytest.fixture
async def reader(services: Services) -> AsyncIterator[httpx.AsyncClient]:
    async with visiting(services, **READER) as client:
        yield client


@pytest.fixture
async def operator(services: Services) -> AsyncIterator[httpx.AsyncClient]:
    async with visiting(services, **OPERATOR) as client:
        yield client
