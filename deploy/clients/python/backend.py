"""Builds with setuptools, after making what is generated. A source distribution carries that, and needs no contract."""

from setuptools.build_meta import *  # noqa: F403

import generate

if generate.CONTRACT.is_dir():
    generate.main()
