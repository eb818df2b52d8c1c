"""For first migrations: all tables of an app made in one step."""

from collections.abc import Sequence

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import CreateModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

RENDERED = "apps"


class CreateModels(Operation):
    """Whole models, their keys, indexes and constraints included, in any order: keys are set once all tables stand.

    Django renders a new model and all it is related to anew, and here all are related to the shop. Made one by one,
    the tables of a new shop cost three quarters of a minute; made together, a few seconds.
    """

    serialization_expand_args = ["models"]

    def __init__(self, models: Sequence[CreateModel]) -> None:
        self.models = models

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        was_rendered = state.__dict__.pop(RENDERED, None) is not None
        for model in self.models:
            model.state_forwards(app_label, state)
        if was_rendered:
            _ = state.apps

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for model in self.models:
            model.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for model in reversed(self.models):
            model.database_backwards(app_label, schema_editor, from_state, to_state)

    def references_model(self, name: str, app_label: str) -> bool:
        return any(model.references_model(name, app_label) for model in self.models)

    def describe(self) -> str:
        return "Create " + ", ".join(str(model.name) for model in self.models)
