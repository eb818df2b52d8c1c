#!/usr/bin/env python
"""Django's command line for chatshop."""

import os
import sys

from django.core.management import execute_from_command_line

from chatshop.demo import engines_for

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatshop.settings")
    with engines_for(sys.argv):
        execute_from_command_line(sys.argv)
