"""The table of imports through the portal."""

from __future__ import annotations

from referral_hub.partners.imports.job import ImportJob
from referral_hub.storage.schema import table_of

import_job = table_of(ImportJob, "import_job")
