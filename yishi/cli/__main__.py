"""`python -m yishi.cli`, the same as the `yishi` command."""

import sys

from yishi.cli import main

sys.exit(main())
