"""Which pages a project has."""

from __future__ import annotations

import pytest

from saydo.errors import ParamsError
from saydo.runs import plan

SEGMENTS = [("all", "all"), ("On the clock", "on-the-clock")]
PARAMETERS = 'params: str = "params/p.yml"'


def test_pages_come_in_file_name_order_with_2_before_10(project):
    project.add("10_appendix")
    project.add("2_scorecard")
    project.add("drafts")
    assert [found.name for found in plan.notebooks(project.folder)] == [
        "scorecard",
        "appendix",
        "drafts",
    ]


def test_a_notebook_that_takes_a_segment_is_a_page_of_each_and_others_are_pages_once(project):
    project.add("1_segments")
    project.add("2_scorecard", parameters=f'{PARAMETERS}\nsegment: str = "all"')
    project.add("4_overview")
    pages = plan.pages(plan.notebooks(project.folder), SEGMENTS)
    assert [(page.path, page.segment) for page in pages] == [
        ("segments.html", None),
        ("index.html", None),
        ("all/scorecard.html", "all"),
        ("on-the-clock/scorecard.html", "On the clock"),
    ]
    assert len({page.record for page in pages}) == len(pages)


@pytest.mark.parametrize(
    "line",
    [
        "segment = 'all'",
        "segment: str | None = None",
        "other = segment = 'all'",
        "segment='all' # x",
    ],
)
def test_a_segment_parameter_is_seen_however_it_is_written(project, line):
    # papermill's own inspection goes by lines and misses the second.
    project.add("2_scorecard", parameters=f"{PARAMETERS}\n{line}")
    assert plan.notebooks(project.folder)[0].per_segment


def test_a_segment_that_is_only_mentioned_is_no_parameter(project):
    project.add("1_segments", "segment = 'all'", parameters=f"{PARAMETERS}\n# segment = 'all'")
    assert not plan.notebooks(project.folder)[0].per_segment


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        (None, "has no cell with the tag `parameters`"),
        ("study = 'params/p.yml'", "does not assign `params`"),
        ("%load params", "line 1 of its parameters cell is not Python"),
    ],
)
def test_a_notebook_that_cannot_be_told_its_study_is_refused(project, parameters, words):
    project.add("1_segments", parameters=parameters)
    with pytest.raises(plan.NotebookError, match=words) as raised:
        plan.notebooks(project.folder)
    assert "notebooks/1_segments.ipynb" in str(raised.value)


def test_a_file_that_is_no_notebook_is_refused(project):
    project.add("1_segments").write_text("not json")
    with pytest.raises(plan.NotebookError, match=r"1_segments\.ipynb is not a notebook"):
        plan.notebooks(project.folder)


def test_two_notebooks_cannot_be_the_same_page(project):
    project.add("2_scorecard")
    project.add("3_Scorecard")
    with pytest.raises(plan.NotebookError, match=r"2_scorecard.*3_Scorecard.*Rename one"):
        plan.notebooks(project.folder)


def test_no_notebook_can_be_the_list_of_pages_that_failed(project):
    project.add("7_Failed")
    with pytest.raises(plan.NotebookError, match=r"7_Failed.*failed\.html.*Rename"):
        plan.notebooks(project.folder)


def test_a_project_without_notebooks_is_told_how_to_get_some(project):
    with pytest.raises(ParamsError, match="saydo init"):
        plan.notebooks(project.folder)


def test_the_first_heading_is_the_title(project):
    project.add("1_segments", "## Not this one", "# Who is who?", "# Nor this")
    assert plan.notebooks(project.folder)[0].title == "Who is who?"


def test_shards_make_each_page_once(project):
    project.add("2_scorecard", parameters=f'{PARAMETERS}\nsegment: str = "all"')
    segments = [(str(number), str(number)) for number in range(10)]
    pages = plan.pages(plan.notebooks(project.folder), segments)
    shards = [page for i in (1, 2, 3) for page in plan.shard(pages, (i, 3))]
    assert sorted(page.path for page in shards) == sorted(page.path for page in pages)
    assert plan.shard(pages, None) == pages
