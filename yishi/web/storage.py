"""Static files under names that carry their hash, compressed once, imports between modules kept right."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class Static(CompressedManifestStaticFilesStorage):
    support_js_module_import_aggregation = True
