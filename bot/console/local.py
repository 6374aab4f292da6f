"""Addresses of the console itself, and where a request came from."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

_ROOT = "/console/"


def is_console_path(address: str) -> bool:
    """Whether it leads to a page of the console and nowhere else."""
    if not address.startswith(_ROOT) or "\\" in address or not address.isprintable():
        return False
    parts = urlsplit(address)
    return not parts.scheme and not parts.netloc and ".." not in parts.path.split("/")


def client_address(peer: str, forwarded: str) -> str:
    """The address to count wrong tries by.

    A peer on this machine is the reverse proxy in front of us, which adds the address it saw at the
    end of ``X-Forwarded-For``; anybody else's header is their own invention.
    """
    last = forwarded.rsplit(",", 1)[-1].strip()
    try:
        if last and ipaddress.ip_address(peer).is_loopback:
            return str(ipaddress.ip_address(last))
    except ValueError:
        return peer
    return peer
