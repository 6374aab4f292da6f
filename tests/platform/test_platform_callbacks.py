"""Callbacks as WeChat and WeCom send them, opened by wechatpy; replies read as strictly as there."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask, Response

from bot.platform.settings import OfficialAccountSettings

OPENID = "oTEST1"
MP = OfficialAccountSettings()


@pytest.fixture(params=["plain", "compatible", "aes"])
def mode(request: Any) -> str:
    return request.param


def connect(start: Any, serve: Any, mode: str) -> tuple[Any, Any]:
    from conftest_echo import EchoBot  # replaced below

    raise NotImplementedError
