"""Static files under names that carry their hash, compressed once, imports between modules kept right."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class Static(CompressedManifestStaticFilesStorage):
    support_js_module_import_aggregation = True
    # A module's name holds its content and with it the names of what it imports: one pass for each
    # step of the longest chain of imports.
    max_post_process_passes = 20
