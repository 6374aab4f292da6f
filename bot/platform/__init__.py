"""The fake platform: what tests, demo and ``run.py simulate`` talk to instead of WeChat and WeCom.

Written from protocol-callbacks and protocol-push alone. It shares no cryptography and no table of
limits with bot.channels and bot.senders, so that a mistake there is not agreed upon here.
"""
