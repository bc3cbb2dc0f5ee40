"""The pages as a reader opens them: in Chromium, without a network, with script or without."""

import re
from pathlib import Path

import pytest
from sample_pages import KINDS

from saydo.languages import LANGUAGES


def test_every_page_is_of_a_kind_that_these_tests_know(report):
    folder = report("en")
    names = {file.name for file in folder.parent.glob("**/*.html")}
    assert names == {(folder / path).name for path in KINDS.values()}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_no_page_logs_an_error_or_asks_for_anything_outside_its_folder(
    browser, report, kind, language
):
    root = report(language).parent.resolve().as_uri()
    context = browser.new_context(offline=True)
    page = context.new_page()
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto((report(language) / KINDS[kind]).resolve().as_uri(), wait_until="load")
    context.close()
    assert said == []
    assert [url for url in asked if not url.startswith((root, "data:"))] == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_pages_own_policy_lets_no_script_run_and_no_host_be_asked(opened, kind):
    with opened(kind) as page:
        policy = page.get_attribute("meta[http-equiv=Content-Security-Policy]", "content")
        assert policy.startswith("default-src 'none'")
        before_it = page.evaluate(
            "document.querySelector('script, style, link, img')"
            ".compareDocumentPosition(document.querySelector('meta[http-equiv]'))"
        )
        assert before_it & 2, "what stands before the policy is not held to it"
        broken = page.evaluate(
            """async () => {
              const broken = [];
              addEventListener('securitypolicyviolation', event =>
                broken.push(event.effectiveDirective));
              document.body.insertAdjacentHTML('beforeend', '<img src="https://x.test/a.png">');
              document.body.append(Object.assign(document.createElement('script'),
                {text: 'window.hasRun = true'}));
              document.body.insertAdjacentHTML('beforeend',
                '<img src="data:," onerror="window.hasRun = true">');
              await fetch('https://x.test/').catch(() => null);
              await new Promise(done => setTimeout(done, 50));
              return [window.hasRun === true, ...new Set(broken)].map(String);
            }"""
        )
        assert broken[0] == "false"
        assert {"img-src", "connect-src"} <= set(broken)
        assert any(each.startswith("script-src") for each in broken)


@pytest.mark.parametrize("kind", KINDS)
def test_without_script_everything_can_be_read(opened, kind):
    texts = {}
    for has_script in (True, False):
        with opened(kind, unfolded=True, java_script_enabled=has_script) as page:
            texts[has_script] = page.inner_text("main").splitlines()
    assert len(texts[False]) > 3
    assert texts[True] == texts[False]


@pytest.mark.parametrize("kind", KINDS)
def test_every_link_leads_to_a_place_that_there_is(opened, kind):
    with opened(kind) as page:
        hrefs = page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
        assert hrefs
        for href in set(hrefs):
            path, _, anchor = href.removeprefix("file://").partition("#")
            assert Path(path).is_file(), href
            if anchor:
                assert re.search(rf'\bid="?{anchor}\b', Path(path).read_text("utf-8")), href


def test_the_dark_mode_is_dark(opened):
    for scheme, is_dark in (("light", False), ("dark", True)):
        with opened("overview", color_scheme=scheme) as page:
            paper = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
            channels = [float(each) for each in paper.strip("rgba()").split(",")[:3]]
            assert (max(channels) < 64) is is_dark
