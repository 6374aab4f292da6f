"""The official account's addresses for what goes out (protocol-push §4.2, §4.3, §4.6, §4.7)."""

from __future__ import annotations

from flask import Blueprint, Response, request

from bot.platform.answers import Refusal, accepted, answer, api, read_json, refusal_fields
from bot.platform.customer_service import CustomerService
from bot.platform.mass_send import Job, MassSends, Repeated
from bot.platform.materials import Materials
from bot.platform.tokens import TokenDesk


def blueprint(
    sends: MassSends, service: CustomerService, materials: Materials, desk: TokenDesk
) -> Blueprint:
    """Every address demands a valid token."""
    routes = api("official_account_out")
    routes.url_prefix = "/cgi-bin"
    routes.register_error_handler(Repeated, _repeated)

    def payload() -> dict[str, object]:
        desk.check_mp(request.args.get("access_token", ""))
        return read_json(request.get_data(), broken=47001)

    @routes.post("/material/add_material")
    def add_material() -> Response:
        desk.check_mp(request.args.get("access_token", ""))
        file = request.files.get("media")
        if file is None:
            raise Refusal(41005)
        media_id = materials.add_picture(request.args.get("type", ""), file.read())
        return answer({"media_id": media_id, "url": "http://mmbiz.example/cover"})

    @routes.post("/draft/add")
    def add_draft() -> Response:
        return answer({"media_id": materials.add_draft(payload())})

    @routes.post("/message/mass/sendall")
    def send_all() -> Response:
        job = sends.send(payload())
        fields: dict[str, object] = {"msg_id": job.id}
        if job.form == "mpnews":
            fields["msg_data_id"] = job.id + 1
        return answer({"errcode": 0, "errmsg": "send job submission success", **fields})

    @routes.post("/message/mass/get")
    def get() -> Response:
        job = sends.job(payload().get("msg_id"))
        return answer({"msg_id": job.id, "msg_status": _status(job)})

    @routes.post("/message/custom/send")
    def custom_send() -> Response:
        service.send(payload())
        return accepted()

    return routes


def _status(job: Job) -> str:
    if not job.status:
        return "SENDING"
    return "SEND_SUCCESS" if job.status == "send success" else "SEND_FAIL"


def _repeated(refusal: Repeated) -> Response:
    return answer({**refusal_fields(refusal.code), "msg_id": refusal.job})
