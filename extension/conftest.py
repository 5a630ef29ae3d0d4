"""Doctests run in a folder of their own, so that the files they write are nobody's."""

import pytest


@pytest.fixture(autouse=True)
def doctest_folder(request, tmp_path, monkeypatch, doctest_namespace):
    if isinstance(request.node, pytest.DoctestItem):
        monkeypatch.chdir(tmp_path)
