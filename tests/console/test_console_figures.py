"""Figures of warnings, on pages and as tables to take home."""

from __future__ import annotations

import csv
import io

import pytest
from openpyxl import load_workbook

from tests.console_kit import Site, Visit, assert_accessible, assert_fits, shoot
from tests.console_warnings import approve, frozen, settle


def fill(site: Site) -> tuple[str, str]:
    """Two editions of this month: four deliveries, two sent, one refused, one unknown."""
    weekly = frozen(site)
    approve(site, weekly)
    settle(site, weekly.id, {"jinxiu-garden": "sent", "hengda-finance": "refused"})
    school = frozen(site, "school")
    approve(site, school)
    settle(site, school.id, {"shiyan-parents": "sent", "nanhu-college": "unknown"})
    return weekly.id, school.id


def table(raw: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


def test_a_months_figures_add_up_by_edition_and_by_kind(site: Site) -> None:
    fill(site)
    raw = site.visitor("viewer").get("/console/figures/month/2026-11.csv").data
    lines = {line[0]: line[1:] for line in table(raw) if line}
    assert lines["11-23 09:00 每周预警"] == ["2", "1", "1", "0", "0", "0", "0", "0", "50.0%"]
    assert lines["合计"] == ["4", "2", "1", "1", "0", "0", "0", "0", "50.0%"]
    assert lines["学校"] == ["2", "1", "0", "1", "0", "0", "0", "0", "50.0%"]
    assert lines["社区"][:2] == ["1", "1"]


def test_the_same_stands_in_excel(site: Site) -> None:
    fill(site)
    raw = site.visitor("viewer").get("/console/figures/month/2026-11.xlsx").data
    sheet = load_workbook(io.BytesIO(raw)).active
    rows = {row[0]: row[1:] for row in sheet.iter_rows(values_only=True)}
    assert rows["合计"][:4] == (4, 2, 1, 1)


def test_a_year_counts_its_months(site: Site) -> None:
    fill(site)
    viewer = site.visitor("viewer")
    lines = table(viewer.get("/console/figures/year/2026.csv").data)
    assert lines[1][:4] == ["2026-11", "2", "4", "2"]
    assert lines[2][0] == "全年"
    assert "这一年没有预警" in viewer.get("/console/figures/year?year=2020").get_data(as_text=True)


def test_an_editions_own_sheet_says_what_came_of_each_group(site: Site) -> None:
    weekly, _ = fill(site)
    viewer = site.visitor("viewer")
    page = viewer.get(f"/console/figures/editions/{weekly}").get_data(as_text=True)
    assert "本期成绩单" in page
    lines = table(viewer.get(f"/console/figures/editions/{weekly}.csv").data)
    found = {line[0]: line[1:] for line in lines}
    assert found["锦绣花园业主群"][2:] == ["已发", ""]
    assert found["恒达公司财务群"][2] == "被拒"
    assert "机器人的 key 不对" in found["恒达公司财务群"][3]


def test_groups_that_left_the_book_still_count(site: Site) -> None:
    weekly, _ = fill(site)
    book = site.content / "broadcasts/groups.yaml"
    text = book.read_text("utf-8").replace("id: jinxiu-garden", "id: other-garden")
    book.write_text(text, "utf-8")
    plan = site.content / "broadcasts/plans/weekly.yaml"
    plan.write_text(plan.read_text("utf-8").replace("jinxiu-garden", "other-garden"), "utf-8")
    site.services.book.refresh()
    site.services.book.refresh()
    page = site.visitor("viewer").get(f"/console/figures/editions/{weekly}")
    assert "已不在群名册" in page.get_data(as_text=True)


@pytest.mark.parametrize(
    "path",
    ["?month=nonsense", "?month=2026-13", "?month=0001-01", "year?year=%00", "year?year=99999"],
)
def test_a_nonsense_time_is_now(site: Site, path: str) -> None:
    fill(site)
    answer = site.visitor("viewer").get(f"/console/figures/{path}")
    assert answer.status_code == 200
    assert "2026" in answer.get_data(as_text=True)


@pytest.mark.parametrize("path", ["month/2026-11.exe", "year/2026.pdf", "editions/none.csv"])
def test_an_unknown_kind_of_file_is_not_there(site: Site, path: str) -> None:
    assert site.visitor("viewer").get(f"/console/figures/{path}").status_code == 404


@pytest.mark.browser
@pytest.mark.parametrize(
    ("shape", "width", "height", "dark"),
    [("desktop", 1280, 860, False), ("phone-dark", 360, 740, True)],
)
def test_pages_are_accessible_and_fit(
    visit: Visit, site: Site, shape: str, width: int, height: int, dark: bool
) -> None:
    weekly, _ = fill(site)
    window = visit("viewer", name="区里", width=width, height=height, dark=dark)
    for name, path in (("month", ""), ("year", "year"), ("edition", f"editions/{weekly}")):
        tab = window.open(f"/console/figures/{path}")
        shoot(tab, f"figures-{name}-{shape}")
        assert_fits(tab)
        assert_accessible(tab)


def test_what_is_still_to_be_sent_lowers_no_share(site: Site) -> None:
    weekly = frozen(site)
    approve(site, weekly)
    page = site.visitor("viewer").get("/console/figures/").get_data(as_text=True)
    assert "0.0%" not in page
    settle(site, weekly.id, {"jinxiu-garden": "sent"})
    page = site.visitor("viewer").get("/console/figures/").get_data(as_text=True)
    assert "100.0%" in page
