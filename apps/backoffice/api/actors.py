"""Who did it, as the API tells it: a colleague, or a program by the name of its token."""

from typing import Any

from django.db.models import Model
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers


@extend_schema_field(
    {
        "type": "object",
        "nullable": True,
        "required": ["kind", "name"],
        "properties": {
            "kind": {"type": "string", "enum": ["person", "token"]},
            "name": {"type": "string", "description": "Of a token its name; empty for one that was deleted."},
        },
    }
)
class ActorField(serializers.Field[Any, Any, dict[str, str] | None, Any]):
    """Of a row `with_programs`; `person` is where its colleague is. null: nobody's hand."""

    def __init__(self, person: str = "actor", **kwargs: Any) -> None:
        super().__init__(source="*", read_only=True, **kwargs)
        self.person = person.split(".")

    def to_representation(self, row: Model) -> dict[str, str] | None:
        person: Any = row
        for step in self.person:
            person = getattr(person, step)
        if person is not None:
            return {"kind": "person", "name": str(person)}
        program: Any = getattr(row, "program")  # noqa: B009
        return None if program == "" else {"kind": "token", "name": program or ""}
