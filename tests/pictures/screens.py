"""Screens as phones show them, laid out by a browser: apps with bars, avatars and times, long
chats, dark mode, large type, documents, a photo of a screen. Drawn once for tests of reading."""

from __future__ import annotations

import base64
import html
import io
import random
from collections.abc import Callable
from dataclasses import dataclass

import segno
from PIL import Image, ImageFilter

WIDTH, HEIGHT = 360, 800
SCALE = 3
"""1080 x 2400 pixels, as most phones take their screenshots."""

_STYLE = """
*{box-sizing:border-box;margin:0}body{width:360px;height:800px;overflow:hidden;
font:16px/1.45 "Noto Sans CJK SC",sans-serif;background:var(--page);color:var(--ink)}
.light{--page:#ededed;--bar:#f7f7f7;--ink:#111;--in:#fff;--out:#95ec69;--soft:#888}
.dark{--page:#111;--bar:#191919;--ink:#d5d5d5;--in:#2c2c2c;--out:#3eb575;--soft:#7a7a7a}
.status{display:flex;justify-content:space-between;padding:6px 18px;font-size:13px;background:var(--bar)}
.head{display:flex;justify-content:space-between;padding:10px 14px;background:var(--bar);font-weight:600}
.time{text-align:center;color:var(--soft);font-size:12px;margin:10px}
.row{display:flex;gap:8px;margin:10px 12px;align-items:flex-start}.row.out{flex-direction:row-reverse}
.face{flex:none;width:38px;height:38px;border-radius:5px;background:#789;color:#fff;text-align:center;line-height:38px}
.name{font-size:11px;color:var(--soft)}
.bubble{max-width:225px;padding:8px 11px;border-radius:6px;background:var(--in);overflow-wrap:anywhere}
.out .bubble{background:var(--out);color:#111}
.foot{position:absolute;bottom:0;width:360px;padding:10px 14px;background:var(--bar);display:flex;gap:10px}
.foot span{flex:1;background:var(--in);border-radius:5px;padding:5px 9px;color:var(--soft);font-size:13px}
.big .bubble{font-size:25px;max-width:290px}.big .head{font-size:24px}
.pad{padding:22px}.center{text-align:center}.line{display:flex;justify-content:space-between;padding:9px 0;
border-bottom:1px solid #0001;font-size:14px;gap:18px}.line b{font-weight:400;color:#888;flex:none}
"""


@dataclass(frozen=True)
class Screen:
    """A page of HTML and what comes of the picture on its way to the bot."""

    body: str
    look: str = "light"
    finish: Callable[[Image.Image], bytes] | None = None

    @property
    def page(self) -> str:
        return (
            f"<!doctype html><meta charset=utf-8><style>{_STYLE}</style>"
            f"<body class='{self.look}'>{self.body}</body>"
        )


def png(image: Image.Image) -> bytes:
    data = io.BytesIO()
    image.convert("RGB").save(data, "PNG")
    return data.getvalue()


def photographed(image: Image.Image) -> bytes:
    """A photo of the screen: askew, uneven, noisy, smaller, pressed into a JPEG."""
    image = image.convert("RGB")
    wide, high = image.size
    image = image.transform(
        image.size, Image.Transform.QUAD, (-40, 25, 30, high - 20, wide + 15, high + 50, wide - 45, -30)
    )  # fmt: skip
    image = image.rotate(2.2, expand=True, fillcolor=(52, 47, 43)).resize((810, 1790))
    noise = random.Random(7)
    grain = Image.frombytes("L", (270, 597), noise.randbytes(270 * 597)).resize(image.size)
    image = Image.blend(image, Image.merge("RGB", (grain, grain, grain)), 0.09)
    data = io.BytesIO()
    image.filter(ImageFilter.GaussianBlur(0.7)).save(data, "JPEG", quality=45)
    return data.getvalue()


def _status(clock: str) -> str:
    return f"<div class=status><span>{clock}</span><span>5G HD 67%</span></div>"


def chat(clock: str, title: str, *lines: str) -> str:
    """A chat: ``--`` begins a time, ``>`` the resident's own line, ``名|`` names who speaks."""
    rows = []
    for line in lines:
        if line.startswith("--"):
            rows.append(f"<div class=time>{line[2:]}</div>")
            continue
        own, (name, mark, words) = line.startswith(">"), line.removeprefix(">").partition("|")
        words = html.escape(words if mark else name)
        who = f"<div class=name>{name}</div>" if mark else ""
        face = f"<div class=face>{(name if mark else title)[:1]}</div>"
        bubble = f"<div>{who}<div class=bubble>{words}</div></div>"
        rows.append(f"<div class='row{' out' if own else ''}'>{face}{bubble}</div>")
    head = f"<div class=head><span>‹ 12</span><span>{title}</span><span>···</span></div>"
    foot = "<div class=foot><span>发消息</span>☺ ＋</div>"
    return _status(clock) + head + "".join(rows) + foot


def sheet(clock: str, title: str, *rows: str) -> str:
    """A page of an app: ``键=值`` is a row of two columns."""
    made = [_status(clock), "<div class=pad style='background:#fff;height:770px;color:#222'>"]
    made.append(f"<h2 class=center style='margin:14px 0 20px'>{title}</h2>")
    for row in rows:
        key, mark, value = row.partition("=")
        made.append(
            f"<div class=line><b>{key}</b><span>{value}</span></div>"
            if mark
            else f"<p style='margin:11px 0'>{key}</p>"
        )
    return "".join(made) + "</div>"


def code(target: str) -> str:
    data = io.BytesIO()
    segno.make(target, error="m").save(data, kind="png", scale=6, border=3)
    picture = base64.b64encode(data.getvalue()).decode()
    return f"<img src='data:image/png;base64,{picture}' style='width:210px'>"


SCAMS = {
    "a dark chat about tasks": Screen(
        chat(
            "23:47", "福利任务8群(187)", "--昨天 21:03",
            "接待员小雅|各位宝宝晚上好，今天的关注任务已发，每单5元秒到账",
            ">已关注，截图发你了",
            "接待员小雅|收到，5元红包已发放，请查收", "--23:31",
            "导师李老师|想赚更多的做联单，垫付588返820，三单一组，不做完不能提现",
            "会员阿强|我今天做了两组，赚了四百多，已经到账", ">那要是中途不想做了钱能退吗",
            "导师李老师|必须完成才可以提现哦，差一单就前功尽弃了",
        ),
        "dark",
    ),
    "a message in the large type of the aged": Screen(
        chat(
            "8:06", "106592271", "--今天 07:58",
            "【社保通知】您的电子医保凭证已被停用，请于今日24时前点击 http://ybj-gov.top/s 重新认证，逾期将无法报销。",
        ),
        "light big",
    ),
    "a photo of a screen with the police's warrant": Screen(
        chat(
            "14:22", "陈警官", "--下午 2:05",
            "你的银行卡涉嫌一起洗钱案，案件编号2026-0713，目前是保密侦查阶段",
            "不许告诉任何人，包括家人，否则按泄密处理", ">那我要怎么证明清白",
            "把名下存款转到国家安全账户做资金清查，查完24小时内返还",
        ),
        "light",
        photographed,
    ),
    "a poster with a look-alike address": Screen(
        "<div class='pad center' style='background:#0b4da2;color:#fff;height:800px'>"
        "<h1 style='margin:50px 0 12px'>交管12123</h1><h3>车辆年检状态异常通知</h3>"
        "<p style='margin:18px 0'>您的车辆未按期备案，请扫码核验并缴纳备案费，逾期扣6分</p>"
        f"{code('https://gab-122-gov.vip/hy')}<p style='margin:18px 0'>长按识别二维码办理</p></div>"
    ),
    "a page that wants money before it pays": Screen(
        sheet(
            "10:18", "提现失败", "账户余额=￥50,000.00", "银行卡号=6217 **** **** 3321", "状态=账户已冻结",
            "因您填写的银行卡号有误，放款账户已被冻结。请联系在线客服，缴纳认证金 10,000 元解冻，"
            "解冻后贷款本金与认证金一并转入您的账户。",
            "在线客服　立即缴纳",
        )
    ),
    "a court's paper": Screen(
        "<div class=pad style='background:#fff;height:800px;font-family:serif'>"
        "<h2 class=center style='color:#c00;margin:26px 0'>上海市人民检察院<br>冻结管制令</h2>"
        "<p>沪检刑（2026）第 2214 号</p><p style='margin:14px 0;text-indent:2em'>被执行人王某某，因涉嫌非法洗钱一案，"
        "依法冻结其名下全部资产。被执行人须于二十四小时内配合资金比对，将账户资金转入指定监管账户，"
        "并缴纳取保候审保证金。拒不配合者，立即逮捕。</p>"
        "<p style='margin:14px 0'>本案属一级机密，不得向第三人泄露。</p>"
        "<p style='text-align:right'>主任检察官　张峰<br>二〇二六年十一月二十日</p></div>"
    ),
    "a voucher of money that was never sent": Screen(
        chat(
            "16:40", "采购刘经理", "--16:21", "老板货款已经转给你了，这是电子回单：转账金额88000元，到账时间2小时内",
            "我多转了28000，麻烦你先把多的部分退到我们财务的个人卡上，急用", ">我这边还没看到到账",
            "银行延时到账，你先退，回单都有了还怕什么",
        )
    ),
}  # fmt: skip

ORDINARY = {
    "a parcel that lies in the shop": Screen(
        chat(
            "18:12", "菜鸟驿站", "--昨天 17:20", "【菜鸟驿站】您的中通包裹已到锦绣花园东门店，凭5-2-3307取件，营业至21:00。",
            "--今天 11:05", "【菜鸟驿站】您有包裹已存放1天，请凭5-2-3307到锦绣花园东门店领取。",
        )
    ),
    "a family that speaks of money": Screen(
        chat(
            "20:33", "相亲相爱一家人(6)", "--晚上 8:10", "妈|国庆回来吃饭吗，你爸买了螃蟹",
            ">回，周六上午到", "爸|上次买药的钱你妈垫的，一百二，回来给她就行",
            ">好，我见面给她", "妹|哥记得带我的书",
        )
    ),
    "a school's notice": Screen(
        chat(
            "7:45", "三年级2班家长群(88)", "--昨天 16:30",
            "班主任王老师|各位家长好，本周五下午开家长会，14:30在本班教室，请准时参加。",
            "班主任王老师|冬季校服征订自愿，需要的家长在学校缴费平台里自己办理，不在群里收钱。",
            "子涵妈妈|收到，谢谢老师", ">收到",
        )
    ),
}  # fmt: skip
