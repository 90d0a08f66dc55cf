"""The counter table of the rate limits."""

from django.db import models


class Counter(models.Model):
    """How often something was tried in one window of time; whose it was cannot be read back."""

    key = models.CharField(max_length=64)  # HMAC of what is limited and for whom
    window = models.DateTimeField(db_index=True)  # its start
    n = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "window"], name="web_counter_one")]

    def __str__(self) -> str:
        return f"{self.window:%F %T} {self.n}"
