"""What a database that refuses to work means for the person at the screen."""

from __future__ import annotations

import sqlite3

_WORDS = (
    ("locked", "数据库一直被别的程序占着，等了 10 秒还轮不到；什么也没有弄丢，请稍后再运行一次"),
    ("busy", "数据库一直被别的程序占着，等了 10 秒还轮不到；什么也没有弄丢，请稍后再运行一次"),
    ("full", "磁盘满了，记不了账，所以没有接着发；请腾出空间再运行一次，会从没发的接着发"),
    ("unable to open", "打不开数据库文件，请看 config.yaml 的 database 和那个文件夹的权限"),
    ("readonly", "数据库文件只能读不能写，请检查它和所在文件夹的权限"),
    ("disk i/o", "读写磁盘出错，请检查磁盘；账没有弄丢，修好再运行一次"),
)


def in_words(error: sqlite3.OperationalError) -> str:
    """The trouble in plain Chinese, and what to do."""
    told = str(error).lower()
    return next((words for sign, words in _WORDS if sign in told), f"数据库出错：{error}")
