"""Switches and people of what goes out over official account and SMS, under /_control/."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import BadRequest

from bot.platform.answers import Refusal
from bot.platform.customer_service import CustomerService
from bot.platform.mass_send import Job, MassSends
from bot.platform.official_account import OfficialAccount
from bot.platform.partners import Partners


def blueprint(
    sends: MassSends, service: CustomerService, partners: Partners, account: OfficialAccount
) -> Blueprint:
    """Bad input answers 400 with the reason in ``error``, what does not exist 409."""
    routes = Blueprint("control_out", __name__, url_prefix="/_control")
    routes.register_error_handler(BadRequest, lambda error: (jsonify(error=error.description), 400))
    routes.register_error_handler(Refusal, lambda refusal: (jsonify(errcode=refusal.code), 409))
    _add_mass_sends(routes, sends)

    @routes.post("/followers/<openid>/wrote")
    def wrote(openid: str) -> Response:
        """They wrote to somebody else at the account: a window opens, no callback is sent."""
        service.wrote(openid)
        return jsonify(ok=True)

    @routes.post("/followers/<openid>/leave")
    def leave(openid: str) -> Response:
        """They stop following; the bot is told."""
        account.event(openid, "unsubscribe")
        return jsonify(ok=True)

    @routes.post("/numbers/<number>/refuse")
    def refuse(number: str) -> Response:
        """The gateway puts a number on its black list."""
        partners.refuse(number)
        return jsonify(ok=True)

    return routes


def _add_mass_sends(routes: Blueprint, sends: MassSends) -> None:
    @routes.post("/tags/<int:tag>")
    def tag(tag: int) -> Response:
        """{"openids": [...]}: who has this tag; {"refusing": [...]}: who wants no mass sends."""
        fields = request.get_json()
        people = fields.get("openids") if isinstance(fields, dict) else None
        if not isinstance(people, list):
            raise BadRequest("openids must be a list")
        sends.follow(tag, tuple(map(str, people)))
        for person in fields.get("refusing") or []:
            sends.refuse_from(str(person))
        return jsonify(ok=True)

    @routes.post("/mass_sends/switches")
    def switches() -> Response:
        """{"job_seconds": number, "admin_confirm": true or false}, each if given."""
        fields = request.get_json()
        seconds, admin = fields.get("job_seconds", sends.job_seconds), fields.get("admin_confirm")
        if not isinstance(seconds, int | float) or isinstance(seconds, bool):
            raise BadRequest("job_seconds must be a number")
        sends.job_seconds = float(seconds)
        if admin is not None:
            sends.admin_confirm = admin is True
        return jsonify(ok=True)

    @routes.get("/mass_sends")
    def jobs() -> Response:
        """Every mass send, oldest first."""
        sends.run_due()
        return jsonify(jobs=[_row(job) for job in sends.jobs()])

    @routes.post("/mass_sends/<int:job>/admin")
    def admin(job: int) -> Response:
        """{"allow": true or false}: the admin's answer."""
        sends.decide(job, request.get_json().get("allow") is True)
        return jsonify(ok=True)


def _row(job: Job) -> dict[str, object]:
    return {
        "job": job.id,
        "tag": job.tag,
        "form": job.form,
        "text": job.text,
        "status": job.status,
        "total": job.total,
        "filtered": job.filtered,
        "sent": job.sent,
        "failed": job.failed,
    }
