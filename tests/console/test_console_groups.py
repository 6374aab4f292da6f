"""The group book in the console: one group at a time, and as a table."""

from __future__ import annotations

import csv
import difflib
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from openpyxl import Workbook, load_workbook

from bot.broadcasting.group_table import COLUMNS
from tests.console_kit import Site, Visit, Visitor, assert_accessible, assert_fits, shoot

HEADS = list(COLUMNS.values())
PASTE = {
    "id": "xinghe",
    "name": "星河湾业主群",
    "kind": "community",
    "audience": "elderly",
    "type": "paste",
    "owner": "zhang",
}


def book_file(site: Site) -> Path:
    return site.content / "broadcasts/groups.yaml"


def row(**cells: str) -> list[str]:
    known = {"kind": "社区", "audience": "老人", "type": "人来粘贴", "owner": "zhang"} | cells
    return [known.get(name, "") for name in COLUMNS]


def csv_of(lines: Sequence[Sequence[str]], encoding: str = "utf-8-sig") -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(lines)
    return out.getvalue().encode(encoding)


def xlsx_of(lines: Sequence[Sequence[Any]]) -> bytes:
    made = Workbook()
    for line in lines:
        made.active.append(list(line))
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def upload(visitor: Visitor, raw: bytes, name: str = "book.csv", **fields: str) -> Any:
    fields["csrf_token"] = visitor.token()
    parts = [
        f'--edge\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{text}\r\n'.encode()
        for field, text in fields.items()
    ]
    head = f'--edge\r\nContent-Disposition: form-data; name="table"; filename="{name}"\r\n\r\n'
    body = b"".join([*parts, head.encode(), raw, b"\r\n--edge--\r\n"])
    # Built by hand: the test client forgets the temporary file it puts a large body into.
    return visitor.client.post(
        "/console/groups/import", data=body, content_type="multipart/form-data; boundary=edge"
    )


def seen_of(visitor: Visitor, path: str) -> str:
    page = visitor.get(path).get_data(as_text=True)
    return page.split('name="seen" value="')[1].split('"')[0]


def test_groups_are_found_by_name_id_and_owner(site: Site) -> None:
    viewer = site.visitor("viewer")
    page = viewer.get("/console/groups/?q=锦绣").get_data(as_text=True)
    assert "锦绣花园业主群" in page
    assert "江南银行柜员群" not in page
    assert "江南银行柜员群" in viewer.get("/console/groups/?q=chen").get_data(as_text=True)
    fragment = viewer.get("/console/groups/?kind=bank", headers={"HX-Request": "true"})
    assert "<html" not in fragment.get_data(as_text=True)
    assert "锦绣花园业主群" not in fragment.get_data(as_text=True)


def test_a_group_is_added_and_every_other_line_stays(site: Site) -> None:
    before = book_file(site).read_text("utf-8")
    officer = site.visitor("officer", name="li")
    assert officer.post("/console/groups/new", PASTE).status_code == 303
    after = book_file(site).read_text("utf-8")
    assert after.startswith(before)
    assert site.services.book.current().groups["xinghe"].name == "星河湾业主群"
    line = site.store.audit.about("group:xinghe")[0]
    assert (line.actor, line.action, line.before) == ("li", "group_saved", "")
    assert "星河湾业主群" in line.after


def test_a_change_keeps_comments_and_touches_only_that_group(site: Site) -> None:
    officer = site.visitor("officer")
    text = book_file(site).read_text("utf-8").replace("owner: wang", "owner: wang   # 村里的", 1)
    book_file(site).write_text(text, "utf-8")
    site.services.book.refresh()
    site.services.book.refresh()
    path = "/console/groups/liuhe-village"
    fields = {
        "name": "柳河村村民大群",
        "kind": "village",
        "audience": ["elderly", "women"],
        "type": "paste",
        "owner": "wang",
        "quiet_from": "20:30",
        "quiet_until": "07:00",
        "seen": seen_of(officer, path),
    }
    assert officer.post(path, fields).status_code == 303
    after = book_file(site).read_text("utf-8")
    changed = [
        line for line in difflib.ndiff(text.splitlines(), after.splitlines()) if line[0] in "+-"
    ]
    assert [line[0] for line in changed].count("-") == 2
    assert len(changed) == 5
    assert "owner: wang   # 村里的" in after
    group = site.services.book.current().groups["liuhe-village"]
    assert group.audience == ("elderly", "women")
    assert group.quiet_hours is not None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"id": "a b"}, "不能当代号"),
        ({"id": "../plans/x"}, "不能当代号"),
        ({"name": ""}, "是空的"),
        ({"audience": ""}, "是空的"),
        ({"kind": "nonsense"}, "可选：社区、企业"),
        ({"type": "telepathy"}, "可选："),
        ({"owner": ""}, "要有人动手"),
        ({"quiet_from": "21:00"}, "要么都写"),
        ({"quiet_from": "25:00", "quiet_until": "08:00"}, "不是钟点"),
        ({"type": "wecom_robot", "key": "693a91f6-7xxx-4bc4"}, "密钥不能写在这里"),
        ({"type": "wecom_robot"}, "要填这一格"),
        (
            {"type": "webhook", "url": "https://x.example/?key=abc", "secret": "${A}"},
            "密钥不能写在这里",
        ),
        ({"name": "字" * 65}, "最多 64 个"),
    ],
)
def test_a_bad_group_is_refused_with_what_was_typed(
    site: Site, change: dict[str, str], words: str
) -> None:
    before = book_file(site).read_bytes()
    answer = site.visitor("officer").post("/console/groups/new", PASTE | change)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert words in page
    assert (PASTE | change)["name"] in page
    assert book_file(site).read_bytes() == before


def test_an_id_that_is_taken_is_told(site: Site) -> None:
    answer = site.visitor("officer").post("/console/groups/new", PASTE | {"id": "jinxiu-garden"})
    assert answer.status_code == 409
    assert "已经有了" in answer.get_data(as_text=True)


def test_two_people_at_one_group_lose_nothing_and_at_two_groups_do_not_meet(site: Site) -> None:
    one, other = site.visitor("officer"), site.visitor("officer")
    path, else_where = "/console/groups/shiyan-parents", "/console/groups/liuhe-village"
    seen, seen_there = seen_of(one, path), seen_of(one, else_where)
    fields = PASTE | {"kind": "school", "audience": "parent", "seen": seen}
    assert other.post(path, fields | {"name": "实验小学家长一群"}).status_code == 303
    answer = one.post(path, fields | {"name": "实验小学家长群", "owner": "wang"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "实验小学家长一群" in page
    assert 'value="wang"' in page
    fresh = page.split('name="seen" value="')[1].split('"')[0]
    assert one.post(path, fields | {"owner": "wang", "seen": fresh}).status_code == 303
    village = PASTE | {"kind": "village", "seen": seen_there}
    assert one.post(else_where, village).status_code == 303


def test_a_group_that_a_plan_names_is_not_removed(site: Site) -> None:
    officer = site.visitor("officer")
    path = "/console/groups/jinxiu-garden"
    fields = {"seen": seen_of(officer, f"{path}/remove")}
    page = officer.post(f"{path}/remove", fields, follow_redirects=True).get_data(as_text=True)
    assert "群名册里没有 jinxiu-garden" in page
    assert "jinxiu-garden" in site.services.book.current().groups


def test_a_group_is_removed_with_its_comment(site: Site) -> None:
    officer = site.visitor("officer")
    path = "/console/groups/liuhe-speaker"
    fields = {"seen": seen_of(officer, f"{path}/remove")}
    assert officer.post(f"{path}/remove", fields).status_code == 303
    assert "liuhe-speaker" not in book_file(site).read_text("utf-8")
    assert "liuhe-speaker" not in site.services.book.current().groups


def test_no_secret_is_shown_or_exported_that_stands_in_the_file(site: Site) -> None:
    text = book_file(site).read_text("utf-8").replace("${ROBOT_KEY_NANHU}", "693a91f6-secret")
    book_file(site).write_text(text, "utf-8")
    site.services.book.refresh()
    site.services.book.refresh()
    viewer = site.visitor("officer")
    for path in ("", "nanhu-college", "book.csv", "?q=nanhu"):
        assert "693a91f6" not in viewer.get(f"/console/groups/{path}").get_data(as_text=True)


def test_the_present_book_can_be_taken_in_again_and_changes_nothing(site: Site) -> None:
    officer = site.visitor("officer")
    before = book_file(site).read_bytes()
    for kind in ("csv", "xlsx"):
        raw = officer.get(f"/console/groups/book.{kind}").data
        page = officer.post(
            "/console/groups/import",
            {"table": (io.BytesIO(raw), f"book.{kind}")},
            follow_redirects=True,
        ).get_data(as_text=True)
        assert "新增 0 个，改了 0 个，没有变的 9 个" in page
    assert book_file(site).read_bytes() == before


def test_the_template_can_be_taken_in(site: Site) -> None:
    officer = site.visitor("officer")
    raw = officer.get("/console/groups/template.xlsx").data
    assert upload(officer, raw, "模板.xlsx").status_code == 303
    group = site.services.book.current().groups["xinghe-owners"]
    assert group.audience == ("elderly", "parent")


def test_a_table_that_excel_saved_in_gbk_is_read(site: Site) -> None:
    raw = csv_of([HEADS, row(id="g1", name="绿地小区群")], "gb18030")
    assert upload(site.visitor("officer"), raw).status_code == 303
    assert site.services.book.current().groups["g1"].name == "绿地小区群"


def test_only_looking_imports_nothing(site: Site) -> None:
    before = book_file(site).read_bytes()
    raw = csv_of([HEADS, row(id="g1", name="一"), row(id="g2", name="二")])
    answer = upload(site.visitor("officer"), raw, look="yes")
    assert "表里没有错。导入会新增 2 个" in answer.get_data(as_text=True)
    assert book_file(site).read_bytes() == before


def test_of_5000_rows_with_errors_in_30_all_30_are_told_and_none_is_taken_in(site: Site) -> None:
    lines = [HEADS, *(row(id=f"g{n}", name=f"第 {n} 号群") for n in range(5000))]
    bad = range(7, 5000, 170)
    for n in bad:
        lines[n + 1] = row(id=f"g{n}", name=f"第 {n} 号群", kind="星球")
    before = book_file(site).read_bytes()
    answer = upload(site.visitor("officer"), xlsx_of(lines), "book.xlsx")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "要改的 30 处" in page
    for n in bad:
        assert f"第 {n + 2} 行" in page
    assert book_file(site).read_bytes() == before


def test_5000_rows_are_taken_in_at_once(site: Site) -> None:
    lines = [HEADS, *(row(id=f"g{n}", name=f"第 {n} 号群") for n in range(5000))]
    officer = site.visitor("officer")
    assert upload(officer, csv_of(lines)).status_code == 303
    groups = yaml.load(book_file(site).read_bytes(), Loader=yaml.CSafeLoader)["groups"]
    assert len(groups) == 5009
    page = officer.get("/console/groups/")
    assert len(page.data) < 200_000
    assert "5009 个群" in page.get_data(as_text=True)


@pytest.mark.parametrize(
    ("name", "raw", "words"),
    [
        ("x.csv", b"", "文件是空的"),
        ("x.pdf", b"%PDF-1.7", "只能传"),
        ("x.xls", b"\xd0\xcf\x11\xe0rest", "旧的 Excel"),
        ("x.xlsx", b"PK\x03\x04 broken", "是坏的"),
        ("x.csv", b"\xff\xfe\x00\x01\xff\xff\x81", "读不出来"),
        ("x.csv", csv_of([["姓名", "电话"], ["a", "b"]]), "不认识这一列"),
        ("x.csv", csv_of([HEADS]), "一个群也没有"),
        ("x.csv", csv_of([[*HEADS, "代号"], row(id="a", name="b")]), "这一列有两次"),
        ("x.csv", csv_of([HEADS, row(id="a", name="一"), row(id="a", name="二")]), "第 2 行重复"),
        ("x.csv", csv_of([HEADS, row(id="a", name="x" * 3000)]), "太长"),
        ("x.csv", csv_of([HEADS, *[row(id="a", name="x")] * 5001]), "最多 5000 行"),
        (
            "x.csv",
            csv_of([HEADS, row(id="a", name="x", type="企业微信群机器人", key="abc")]),
            "密钥不能写在这里",
        ),
    ],
)
def test_a_bad_table_is_refused_in_words(site: Site, name: str, raw: bytes, words: str) -> None:
    before = book_file(site).read_bytes()
    answer = upload(site.visitor("officer"), raw, name)
    assert answer.status_code == 422
    assert words in answer.get_data(as_text=True)
    assert book_file(site).read_bytes() == before


def test_a_zip_that_unpacks_to_a_mountain_is_refused(site: Site) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b" " * (61 * 1024 * 1024))
    answer = upload(site.visitor("officer"), out.getvalue(), "x.xlsx")
    assert answer.status_code == 422
    assert "表格太大" in answer.get_data(as_text=True)


def test_more_than_5_mb_are_refused_before_anything_is_read(site: Site) -> None:
    assert upload(site.visitor("officer"), b"x" * (5 * 1024 * 1024 + 1)).status_code == 413


def test_nothing_in_a_downloaded_table_is_a_formula(site: Site) -> None:
    officer = site.visitor("officer")
    raw = csv_of([HEADS, row(id="g1", name="'=HYPERLINK(1)")])
    assert upload(officer, raw).status_code == 303
    assert site.services.book.current().groups["g1"].name == "=HYPERLINK(1)"
    assert ",'=HYPERLINK(1)," in officer.get("/console/groups/book.csv").get_data(as_text=True)
    book = load_workbook(io.BytesIO(officer.get("/console/groups/book.xlsx").data))
    kinds = {cell.data_type for line in book.active.iter_rows() for cell in line if cell.value}
    assert kinds == {"s"}


def test_a_viewer_cannot_change_the_book(site: Site) -> None:
    viewer = site.visitor("viewer")
    for path in ("new", "import", "jinxiu-garden", "jinxiu-garden/remove"):
        assert viewer.post(f"/console/groups/{path}").status_code == 403
    assert "<button>保存" not in viewer.get("/console/groups/jinxiu-garden").get_data(as_text=True)


@pytest.mark.browser
@pytest.mark.parametrize(
    ("shape", "width", "height", "dark"),
    [("desktop", 1280, 860, False), ("phone-dark", 360, 740, True)],
)
def test_pages_are_accessible_and_fit(
    visit: Visit, site: Site, shape: str, width: int, height: int, dark: bool
) -> None:
    window = visit("officer", name="li", width=width, height=height, dark=dark)
    for name, path in (
        ("list", ""),
        ("new", "new"),
        ("one", "nanhu-college"),
        ("import", "import"),
    ):
        tab = window.open(f"/console/groups/{path}")
        shoot(tab, f"groups-{name}-{shape}")
        assert_fits(tab)
        assert_accessible(tab)


@pytest.mark.browser
def test_errors_of_a_table_are_shown_by_row(visit: Visit, site: Site, tmp_path: Path) -> None:
    table = tmp_path / "群.csv"
    table.write_bytes(
        csv_of([HEADS, row(id="a b", name=""), row(id="g2", name="二", audience="邻居")])
    )
    tab = visit("officer", name="li").open("/console/groups/import")
    tab.get_by_label("表格").set_input_files(str(table))
    tab.get_by_role("button", name="导入").click()
    tab.get_by_role("heading", name="要改的 3 处").wait_for()
    assert tab.get_by_role("cell", name="第 3 行").is_visible()
    shoot(tab, "groups-import-errors")
    assert_accessible(tab)


@pytest.mark.browser
def test_only_the_fields_of_the_chosen_channel_are_shown(visit: Visit, site: Site) -> None:
    tab = visit("officer", name="li").open("/console/groups/new")
    assert not tab.get_by_label("机器人密钥名").is_visible()
    tab.get_by_label("怎么发").select_option("wecom_robot")
    assert tab.get_by_label("机器人密钥名").is_visible()
    assert not tab.get_by_label("短信网关").is_visible()
